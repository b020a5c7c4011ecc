#include "logslice/persistence/summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace logslice {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();

Summary summary_of(const std::vector<double>& values, SummaryOptions options = {}) {
  Summary summary(options);
  for (const double value : values) summary.add(value);
  return summary;
}

TEST(SummaryTest, OfNothingThereIsNoMean) {
  const Summary none;
  EXPECT_EQ(none.count(), 0);
  EXPECT_EQ(none.sum(), 0);
  EXPECT_EQ(none.mean(), std::nullopt);
  EXPECT_EQ(none.minimum(), std::nullopt);
  EXPECT_EQ(none.maximum(), std::nullopt);
  EXPECT_EQ(none.quantile(0.5), std::nullopt);
  EXPECT_EQ(none.quantile_error(), 0);
}

TEST(SummaryTest, OneValueIsAllOfThem) {
  const Summary one = summary_of({-2.5});
  EXPECT_EQ(one.sum(), -2.5);
  EXPECT_EQ(one.mean(), -2.5);
  EXPECT_EQ(one.minimum(), -2.5);
  EXPECT_EQ(one.maximum(), -2.5);
  for (const double part : {0.0, 0.001, 0.5, 1.0}) EXPECT_EQ(one.quantile(part), -2.5);
}

TEST(SummaryTest, MoneyAddsUp) {
  Summary dimes;
  Summary pages;
  for (int i = 0; i < 10000; ++i) {
    dimes.add(0.1);
    pages.add(i % 2 == 0 ? 1e16 : 0.01);
    pages.add(i % 2 == 0 ? 0.01 : -1e16);
  }
  EXPECT_EQ(dimes.sum(), 1000);
  EXPECT_EQ(dimes.mean(), 0.1);
  EXPECT_EQ(pages.sum(), 100);
}

TEST(SummaryTest, ASumThatPassesTheRangeOnItsWayIsRight) {
  EXPECT_EQ(summary_of({kMax, kMax, 1.5, -kMax, -kMax}).sum(), 1.5);
  EXPECT_EQ(summary_of({1e300, 1.0, -1e300}).sum(), 1);
  const Summary beyond = summary_of({kMax, kMax});
  EXPECT_EQ(beyond.sum(), kInfinity);
  EXPECT_EQ(beyond.mean(), kMax);
  EXPECT_EQ(summary_of({-kMax, -kMax, 1}).sum(), -kInfinity);
}

TEST(SummaryTest, WhatIsNotFiniteIsCountedApart) {
  const Summary summary = summary_of({kInfinity, 1, std::nan(""), 2, -kInfinity});
  EXPECT_EQ(summary.count(), 2);
  EXPECT_EQ(summary.not_finite_count(), 3);
  EXPECT_EQ(summary.sum(), 3);
  EXPECT_EQ(summary.maximum(), 2);
}

TEST(SummaryTest, AQuantileIsAValueThatWasThere) {
  const Summary four = summary_of({4, 1, 3, 2});
  EXPECT_EQ(four.quantile(0), 1);
  EXPECT_EQ(four.quantile(0.25), 1);
  EXPECT_EQ(four.quantile(0.26), 2);
  EXPECT_EQ(four.quantile(0.5), 2);
  EXPECT_EQ(four.quantile(0.9), 4);
  EXPECT_EQ(four.quantile(1), 4);
  EXPECT_EQ(four.quantile(-0.1), std::nullopt);
  EXPECT_EQ(four.quantile(1.1), std::nullopt);
  EXPECT_EQ(four.quantile(std::nan("")), std::nullopt);
}

TEST(SummaryTest, RanksAreThoseOfTheDecimalFraction) {
  Summary hundred;
  for (int i = 1; i <= 100; ++i) hundred.add(i);
  // As a double, 0.07 * 100 is more than 7, and 0.29 * 100 less than 29.
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(hundred.quantile(i / 100.0), i);
}

TEST(SummaryTest, WithoutQuantilesTheRestIsThere) {
  const Summary summary = summary_of({1, 2}, {.has_quantiles = false});
  EXPECT_EQ(summary.sum(), 3);
  EXPECT_EQ(summary.quantile(0.5), std::nullopt);
  Summary merged = summary_of({3});
  merged.merge(summary);
  EXPECT_EQ(merged.sum(), 6);
  EXPECT_EQ(merged.quantile(0.5), std::nullopt);
  merged = summary_of({3});
  merged.merge(Summary({.has_quantiles = false}));
  EXPECT_EQ(merged.quantile(0.5), 3);
}

TEST(SummaryTest, QuantilesAreExactUpToTheBoundAndThenAsGoodAsSaid) {
  Summary summary({.exact_values_max = 3});
  for (const double value : {100.0, 200.0, 300.0}) summary.add(value);
  EXPECT_EQ(summary.quantile(0.5), 200);
  EXPECT_EQ(summary.quantile_error(), 0);
  summary.add(400);
  EXPECT_DOUBLE_EQ(summary.quantile_error(), 0.01);
  EXPECT_NEAR(*summary.quantile(0.5), 200, 2);
  EXPECT_EQ(summary.quantile(0), 100);
  EXPECT_EQ(summary.quantile(1), 400);
}

TEST(SummaryTest, ASummaryMergesWithItself) {
  for (const int64_t exact : {100, 4, 0}) {
    Summary summary = summary_of({1, 2, 3}, {.exact_values_max = exact});
    summary.merge(summary);
    EXPECT_EQ(summary.count(), 6);
    EXPECT_EQ(summary.sum(), 12);
    EXPECT_NEAR(*summary.quantile(0.5), 2, 0.02) << exact;
  }
}

TEST(RatioTest, OfNothingThereIsNone) {
  EXPECT_EQ(ratio(1, 4), 0.25);
  EXPECT_EQ(ratio(0, 4), 0);
  EXPECT_EQ(ratio(0, 0), std::nullopt);
}

// ---- Quantiles of all shapes against those of sorted values.

struct Shape {
  std::string name;
  std::function<double(std::mt19937_64&)> draw;
};

double uniform(std::mt19937_64& random, double from, double to) {
  return std::uniform_real_distribution<double>(from, to)(random);
}

std::vector<Shape> shapes() {
  return {
      {"uniform", [](auto& random) { return uniform(random, 0, 1000); }},
      {"all equal", [](auto&) { return 0.1; }},
      {"all zero", [](auto&) { return 0.0; }},
      {"negative", [](auto& random) { return uniform(random, -5, -1); }},
      {"both signs and zeros",
       [](auto& random) {
         const double value = uniform(random, -3, 3);
         return std::abs(value) < 1 ? 0.0 : value;
       }},
      {"few values", [](auto& random) { return std::floor(uniform(random, 1, 5)); }},
      {"exponential", [](auto& random) { return -std::log(uniform(random, 1e-300, 1)); }},
      {"heavy tail", [](auto& random) { return std::pow(uniform(random, 1e-12, 1), -3); }},
      {"huge", [](auto& random) { return uniform(random, 0.5, 1) * kMax; }},
      {"tiny", [](auto& random) { return uniform(random, 1, 9) * 1e-307; }},
      {"all decades",
       [](auto& random) {
         return std::pow(10, uniform(random, -300, 300)) * (random() % 2 == 0 ? 1 : -1);
       }},
      {"two far apart", [](auto& random) { return random() % 2 == 0 ? 1e-200 : 1e200; }},
  };
}

TEST(QuantileTest, AreWithinTheirErrorOfTheSortedValuesWhateverTheShape) {
  std::mt19937_64 random(7);
  for (const Shape& shape : shapes()) {
    for (const int count : {1, 2, 3, 10, 101, 1000, 6000}) {
      for (const int64_t exact : {0, 100, 10000}) {
        SCOPED_TRACE(shape.name + ", " + std::to_string(count) + " values, exact up to " +
                     std::to_string(exact));
        std::vector<double> values;
        for (int i = 0; i < count; ++i) values.push_back(shape.draw(random));
        const Summary summary = summary_of(values, {.exact_values_max = exact});
        std::sort(values.begin(), values.end());
        EXPECT_EQ(summary.quantile_error() == 0, count <= exact);
        if (shape.name != "all decades" && count > exact) {
          ASSERT_DOUBLE_EQ(summary.quantile_error(), 0.01);
        }
        const double error = summary.quantile_error() * (1 + 1e-9);
        for (const double part : {0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
          const auto rank =
              std::max<int64_t>(1, static_cast<int64_t>(std::ceil(part * count - 1e-6)));
          const double wanted = values[static_cast<size_t>(rank - 1)];
          const double got = summary.quantile(part).value();
          ASSERT_LE(std::abs(got - wanted), std::abs(wanted) * error) << part << ": " << got;
        }
      }
    }
  }
}

TEST(QuantileTest, NeitherOrderNorMergingShows) {
  std::mt19937_64 random(11);
  for (const Shape& shape : shapes()) {
    for (const int64_t exact : {0, 100, 10000}) {
      SCOPED_TRACE(shape.name + ", exact up to " + std::to_string(exact));
      std::vector<double> values;
      for (int i = 0; i < 4000; ++i) values.push_back(shape.draw(random));
      const Summary whole = summary_of(values, {.exact_values_max = exact});
      std::shuffle(values.begin(), values.end(), random);
      // Pieces of 0 to 400 values, of which some are exact.
      std::vector<Summary> pieces;
      for (size_t at = 0; at < values.size();) {
        const size_t end = std::min(values.size(), at + random() % 400);
        pieces.push_back(summary_of({values.begin() + static_cast<std::ptrdiff_t>(at),
                                     values.begin() + static_cast<std::ptrdiff_t>(end)},
                                    {.exact_values_max = exact}));
        at = end;
      }
      while (pieces.size() > 1) {
        std::swap(pieces[random() % pieces.size()], pieces.front());
        pieces.front().merge(pieces.back());
        pieces.pop_back();
      }
      const Summary& merged = pieces.front();
      EXPECT_EQ(merged.count(), whole.count());
      EXPECT_EQ(merged.minimum(), whole.minimum());
      EXPECT_EQ(merged.maximum(), whole.maximum());
      EXPECT_EQ(merged.quantile_error(), whole.quantile_error());
      for (int part = 0; part <= 1000; ++part) {
        ASSERT_EQ(merged.quantile(part / 1000.0), whole.quantile(part / 1000.0)) << part;
      }
      if (std::isfinite(whole.sum())) {
        EXPECT_NEAR(merged.sum(), whole.sum(), std::abs(whole.sum()) * 1e-12);
      } else {
        EXPECT_EQ(merged.sum(), whole.sum());
      }
    }
  }
}

TEST(QuantileTest, MemoryIsBoundedWhateverIsAdded) {
  // Every step of the sketch that a double can reach, both signs: far more than the bound.
  internal::QuantileSketch sketch;
  for (double value = std::numeric_limits<double>::min(); std::isfinite(value); value *= 1.01) {
    sketch.add(value);
    sketch.add(-value);
  }
  EXPECT_GT(sketch.relative_error(), 0.01);
  EXPECT_LT(sketch.relative_error(), 0.9);
}

}  // namespace
}  // namespace logslice
