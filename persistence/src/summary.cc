#include "logslice/persistence/summary.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace logslice {

namespace internal {

namespace {

constexpr int kHugeShift = 128;
constexpr double kHuge = 0x1p960;  // 2^63 values below it add up to less than the largest double

}  // namespace

namespace {

// Adds, and returns what rounding lost.
double add_to(double& sum, double value) {
  const double total = sum + value;
  const double lost =
      std::abs(sum) >= std::abs(value) ? (sum - total) + value : (value - total) + sum;
  sum = total;
  return lost;
}

}  // namespace

void CompensatedSum::Part::add(double value) { lost_again += add_to(lost, add_to(sum, value)); }

void CompensatedSum::add(double value) {
  if (std::abs(value) < kHuge) {
    part_.add(value);
  } else {
    huge_.add(std::ldexp(value, -kHugeShift));
  }
}

void CompensatedSum::merge(const CompensatedSum& other) {
  const CompensatedSum added = other;  // it may be this one
  for (const double value : added.part_.values()) part_.add(value);
  for (const double value : added.huge_.values()) huge_.add(value);
}

double CompensatedSum::value() const {
  if (huge_.total() == 0) return part_.total();
  const double huge = std::ldexp(huge_.sum, kHugeShift);
  if (std::isinf(huge)) return huge;
  Part both;
  for (const double value : huge_.values()) both.add(std::ldexp(value, kHugeShift));
  for (const double value : part_.values()) both.add(value);
  return std::isinf(both.sum) ? both.sum : both.total();
}

double CompensatedSum::divided_by(double count) const {
  const double sum = value();
  if (!std::isinf(sum)) return sum / count;
  return std::ldexp(huge_.total() / count, kHugeShift) + part_.total() / count;
}

}  // namespace internal

Summary::Summary(SummaryOptions options) : options_(options) {}

void Summary::add(double value) {
  if (!std::isfinite(value)) {
    ++not_finite_count_;
    return;
  }
  if (options_.has_quantiles) {
    if (is_exact_ && count_ >= options_.exact_values_max) move_to_sketch();
    if (is_exact_) {
      values_.push_back(value);
    } else {
      sketch_.add(value);
    }
  }
  minimum_ = count_ == 0 ? value : std::min(minimum_, value);
  maximum_ = count_ == 0 ? value : std::max(maximum_, value);
  ++count_;
  sum_.add(value);
}

void Summary::move_to_sketch() {
  for (const double value : values_) sketch_.add(value);
  values_ = std::vector<double>();
  is_exact_ = false;
}

void Summary::merge(const Summary& added) {
  const Summary other = added;  // it may be this one
  not_finite_count_ += other.not_finite_count_;
  if (!other.options_.has_quantiles && other.count_ > 0) {
    options_.has_quantiles = false;
    values_ = std::vector<double>();
    sketch_ = {};
  }
  if (options_.has_quantiles) {
    if (is_exact_ && (!other.is_exact_ || count_ + other.count_ > options_.exact_values_max)) {
      move_to_sketch();
    }
    if (is_exact_) {
      values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    } else {
      for (const double value : other.values_) sketch_.add(value);
      sketch_.merge(other.sketch_);
    }
  }
  if (other.count_ > 0) {
    minimum_ = count_ == 0 ? other.minimum_ : std::min(minimum_, other.minimum_);
    maximum_ = count_ == 0 ? other.maximum_ : std::max(maximum_, other.maximum_);
  }
  count_ += other.count_;
  sum_.merge(other.sum_);
}

std::optional<double> Summary::mean() const {
  if (count_ == 0) return std::nullopt;
  // Rounding must not put it outside of what it is the mean of.
  return std::clamp(sum_.divided_by(static_cast<double>(count_)), minimum_, maximum_);
}

std::optional<double> Summary::minimum() const {
  return count_ == 0 ? std::nullopt : std::optional<double>(minimum_);
}

std::optional<double> Summary::maximum() const {
  return count_ == 0 ? std::nullopt : std::optional<double>(maximum_);
}

std::optional<double> Summary::quantile(double part) const {
  if (count_ == 0 || !options_.has_quantiles || !(part >= 0 && part <= 1)) return std::nullopt;
  if (part == 0) return minimum_;
  if (part == 1) return maximum_;
  // Rounded up, but not for what the product itself is off: 0.07 of 100 is the seventh.
  const double product = part * static_cast<double>(count_);
  const double slack = product * 4 * std::numeric_limits<double>::epsilon();
  const auto rank =
      std::clamp<int64_t>(static_cast<int64_t>(std::ceil(product - slack)), 1, count_);
  if (!is_exact_) return std::clamp(sketch_.at_rank(rank), minimum_, maximum_);
  std::vector<double> values = values_;
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

double Summary::quantile_error() const { return is_exact_ ? 0 : sketch_.relative_error(); }

std::optional<double> ratio(int64_t part, int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace logslice
