#include "logslice/persistence/internal/quantile_sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace logslice::internal {

namespace {

// A bucket reaches from g^(i-1), exclusive, to g^i; the value that stands for it is off by at most
// (g - 1) / (g + 1) of whatever is in it.
const double kFirstLogFactor = 2 * std::atanh(QuantileSketch::kRelativeErrorMin);

}  // namespace

int32_t QuantileSketch::first_index_of(double magnitude) {
  return static_cast<int32_t>(std::ceil(std::log(magnitude) / kFirstLogFactor));
}

// Two buckets in one: 1 and 2 become 1, 3 and 4 become 2. Done `collapse_count_` times at once.
int32_t QuantileSketch::index_at(int32_t first_index) const {
  return (first_index + (1 << collapse_count_) - 1) >> collapse_count_;
}

double QuantileSketch::value_of(int32_t index) const {
  const double log_factor = std::ldexp(kFirstLogFactor, collapse_count_);
  // The bucket's bound itself may be beyond a double.
  return std::exp(log_factor * index - std::log((1 + std::exp(log_factor)) / 2));
}

double QuantileSketch::relative_error() const {
  return std::tanh(std::ldexp(kFirstLogFactor, collapse_count_) / 2);
}

void QuantileSketch::count_in(Buckets& buckets, int32_t index, int64_t count) {
  const auto place =
      std::lower_bound(buckets.begin(), buckets.end(), index,
                       [](const Bucket& bucket, int32_t wanted) { return bucket.index < wanted; });
  if (place != buckets.end() && place->index == index) {
    place->count += count;
  } else {
    buckets.insert(place, {index, count});
  }
}

void QuantileSketch::add(double value) {
  const double magnitude = std::abs(value);
  if (magnitude < std::numeric_limits<double>::min()) {
    ++zero_count_;
    return;
  }
  count_in(value > 0 ? positive_ : negative_, index_at(first_index_of(magnitude)), 1);
  shrink();
}

void QuantileSketch::merge(const QuantileSketch& other) {
  if (other.collapse_count_ > collapse_count_) {
    while (collapse_count_ < other.collapse_count_) collapse();
  }
  QuantileSketch finer;
  const QuantileSketch* from = &other;
  if (other.collapse_count_ < collapse_count_ || &other == this) {
    finer = other;
    while (finer.collapse_count_ < collapse_count_) finer.collapse();
    from = &finer;
  }
  for (const Bucket& bucket : from->positive_) count_in(positive_, bucket.index, bucket.count);
  for (const Bucket& bucket : from->negative_) count_in(negative_, bucket.index, bucket.count);
  zero_count_ += from->zero_count_;
  shrink();
}

void QuantileSketch::halve(Buckets& buckets) {
  Buckets halved;
  for (const Bucket& bucket : buckets) {
    const int32_t index = (bucket.index + 1) >> 1;
    if (!halved.empty() && halved.back().index == index) {
      halved.back().count += bucket.count;
    } else {
      halved.push_back({index, bucket.count});
    }
  }
  buckets = std::move(halved);
}

void QuantileSketch::collapse() {
  halve(positive_);
  halve(negative_);
  ++collapse_count_;
}

void QuantileSketch::shrink() {
  while (positive_.size() + negative_.size() > size_t{kBucketCountMax}) collapse();
}

double QuantileSketch::at_rank(int64_t rank) const {
  for (auto bucket = negative_.rbegin(); bucket != negative_.rend(); ++bucket) {
    rank -= bucket->count;
    if (rank <= 0) return -value_of(bucket->index);
  }
  rank -= zero_count_;
  if (rank <= 0) return 0;
  for (const Bucket& bucket : positive_) {
    rank -= bucket.count;
    if (rank <= 0) return value_of(bucket.index);
  }
  return std::numeric_limits<double>::infinity();  // past the last: the caller knows the maximum
}

}  // namespace logslice::internal
