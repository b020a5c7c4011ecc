// This header defines QuantileSketch, quantiles of any number of values in bounded memory.
#pragma once

#include <cstdint>
#include <vector>

namespace logslice::internal {

// QuantileSketch counts values in buckets whose bounds grow by a constant factor, so that each
// value is known to one part in a hundred. If their number would pass kBucketCountMax, which takes
// values that spread over more than 17 decades, each two neighbours become one and the error about
// doubles: relative_error() says what it is. The state is one of the values alone: neither their
// order nor how they were merged shows. (After C. Masson et al., DDSketch, 2019, and I. Epicoco et
// al., UDDSketch, 2020.)
class QuantileSketch {
 public:
  static constexpr double kRelativeErrorMin = 0.01;
  static constexpr int kBucketCountMax = 2048;

  // A finite value. Those nearer to zero than 2.3e-308 count as zero.
  void add(double value);
  void merge(const QuantileSketch& other);

  // The value of this rank, from 1 to the number of values, within relative_error() of it.
  double at_rank(int64_t rank) const;
  double relative_error() const;

 private:
  struct Bucket {
    int32_t index;
    int64_t count;
  };
  using Buckets = std::vector<Bucket>;  // by index

  static int32_t first_index_of(double magnitude);
  static void count_in(Buckets& buckets, int32_t index, int64_t count);
  static void halve(Buckets& buckets);
  int32_t index_at(int32_t first_index) const;
  double value_of(int32_t index) const;
  void collapse();
  void shrink();

  Buckets positive_;
  Buckets negative_;  // by magnitude
  int64_t zero_count_ = 0;
  int collapse_count_ = 0;
};

}  // namespace logslice::internal
