#include "histogram.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>

namespace gui_audit {
namespace {

constexpr int64_t kBarColumns = 22;

// Up to and including `most`, and longer than the bucket before.
struct Bucket {
  const char* name;
  absl::Duration most;
};

const std::array<Bucket, 9> kBuckets = {{
    {"none at all", absl::ZeroDuration()},
    {"to  10 us", absl::Microseconds(10)},
    {"to 100 us", absl::Microseconds(100)},
    {"to 500 us", absl::Microseconds(500)},
    {"to   1 ms", absl::Milliseconds(1)},
    {"to   2 ms", absl::Milliseconds(2)},
    {"to   5 ms", absl::Milliseconds(5)},
    {"to  17 ms", absl::Milliseconds(17)},
    {"longer", absl::InfiniteDuration()},
}};

using Counts = std::array<int64_t, kBuckets.size()>;

size_t bucket_of(absl::Duration time) {
  size_t bucket = 0;
  while (time > kBuckets[bucket].most) ++bucket;
  return bucket;
}

// Whatever is there at all is seen.
std::string bar(int64_t count, int64_t total) {
  const int64_t columns = count == 0 ? 0 : std::max<int64_t>(1, count * kBarColumns / total);
  return std::string(static_cast<size_t>(columns), '#');
}

}  // namespace

std::string histogram(const std::vector<FrameTime>& frames) {
  Counts logging{};
  Counts late{};
  for (const FrameTime& frame : frames) {
    ++logging[bucket_of(frame.logging.wall)];
    ++late[bucket_of(frame.late)];
  }
  const auto total = static_cast<int64_t>(frames.size());
  std::string table =
      "  time          frames that spent it logging    frames that were late by it\n";
  for (size_t i = 0; i < kBuckets.size(); ++i) {
    std::array<char, 128> row;
    std::snprintf(row.data(), row.size(), "  %-11s %7" PRId64 " %-22s  %7" PRId64 " %s",
                  kBuckets[i].name, logging[i], bar(logging[i], total).c_str(), late[i],
                  bar(late[i], total).c_str());
    std::string line = row.data();
    line.erase(line.find_last_not_of(' ') + 1);
    table += line + "\n";
  }
  return table;
}

LoggingSummary summary(const std::vector<FrameTime>& frames) {
  LoggingSummary summary;
  for (const FrameTime& frame : frames) {
    const TimeTaken& logging = frame.logging;
    summary.total += logging.wall;
    summary.longest = std::max(summary.longest, logging.own);
    summary.slept_count += logging.has_slept ? 1 : 0;
    if (!logging.was_preempted) continue;
    ++summary.preempted_count;
    summary.longest_preempted = std::max(summary.longest_preempted, logging.wall);
  }
  return summary;
}

}  // namespace gui_audit
