// This header defines Summary, which sums up numbers as they come: count, sum, mean, minimum,
// maximum, quantiles; and ratio().
//
//   Summary cost;
//   for (const AuditEvent& event : *scan) cost.add(event.cost);
//   std::cout << cost.sum() << ", half of them up to " << *cost.quantile(0.5);
//
// Rules and bounds: specs/aggregates.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "logslice/persistence/internal/quantile_sketch.h"

namespace logslice {

struct SummaryOptions {
  // Whether quantile() is wanted. Without it a Summary is about 200 bytes whatever is added.
  bool has_quantiles = true;

  // Up to this many values are kept, 8 bytes each, and quantiles are exact. Beyond it they are
  // within quantile_error(), from at most 2048 buckets of 16 bytes. >= 0.
  int64_t exact_values_max = 1000;
};

namespace internal {

// A sum that keeps what rounding loses, and what is lost of that (A. Neumaier, 1974; A. Klein,
// 2006): ten thousand times 0.1 is 1000. Where partial sums pass the range of a double but the sum
// does not, it is right all the same.
class CompensatedSum {
 public:
  void add(double value);
  void merge(const CompensatedSum& other);
  double value() const;  // ±infinity beyond the range
  double divided_by(double count) const;

 private:
  struct Part {
    double sum = 0;
    double lost = 0;
    double lost_again = 0;
    void add(double value);
    double total() const { return sum + (lost + lost_again); }
    std::array<double, 3> values() const { return {sum, lost, lost_again}; }
  };
  Part part_;
  Part huge_;  // of values beyond 2^960, scaled down
};

}  // namespace internal

// Summary keeps what is asked for in bounded memory. What it says depends on the values, not on
// their order nor on how summaries were merged; only of the sum the last bits may. Threads: as a
// std::vector.
class Summary {
 public:
  explicit Summary(SummaryOptions options = {});

  // NaN and infinities are counted in not_finite_count() and are otherwise left out. Integers
  // beyond 2^53 come rounded to the nearest double.
  void add(double value);

  // As if all that was added to `other` had been added here. If one of them has no quantiles, the
  // result has none.
  void merge(const Summary& other);

  int64_t count() const { return count_; }
  int64_t not_finite_count() const { return not_finite_count_; }

  // Compensated; 0 without values, ±infinity if it is beyond the range of a double.
  double sum() const { return sum_.value(); }

  // Nothing without values.
  std::optional<double> mean() const;
  std::optional<double> minimum() const;
  std::optional<double> maximum() const;

  // The smallest value that at least this part of all values does not exceed, for 0 <= part <= 1:
  // quantile(0.5) of 1, 2, 3, 4 is 2. Exact, or within quantile_error() of it; 0 and 1 are the
  // exact minimum and maximum. Nothing without values, without quantiles, and for any other part.
  std::optional<double> quantile(double part) const;

  // Relative: 0 while quantiles are exact, then 0.01; more if the values spread over more than 17
  // decades.
  double quantile_error() const;

 private:
  void move_to_sketch();

  SummaryOptions options_;
  int64_t count_ = 0;
  int64_t not_finite_count_ = 0;
  internal::CompensatedSum sum_;
  double minimum_ = 0;
  double maximum_ = 0;
  bool is_exact_ = true;
  std::vector<double> values_;  // while exact
  internal::QuantileSketch sketch_;
};

// part / whole; nothing if whole is 0.
std::optional<double> ratio(int64_t part, int64_t whole);

}  // namespace logslice
