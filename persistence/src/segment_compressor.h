// This header defines SegmentCompressor, which decides when which sealed segment is compressed.
// Rules: specs/segments.md, "Compression".
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_persistence_config.h"
#include "retry_pace.h"
#include "sealed_segments.h"
#include "segment_archiver.h"
#include "segment_name.h"
#include "write_health.h"

namespace logslice::internal {

// Gives a SegmentArchiver one segment after the other, the oldest first, and steps it in portions:
// where whoever dispatches writes, in proportion to what is written, so that it keeps up and holds
// nobody up for a whole segment; else while not much waits to be written. What fails is told once
// and tried again at a pace, behind the others. Threads: one, which holds the log's lock.
class SegmentCompressor {
 public:
  static constexpr int64_t kPortionBytes = int64_t{64} << 10;  // about 2 ms of one core
  static constexpr int64_t kIdlePortionBytes = 2 * kPortionBytes;
  static constexpr int64_t kWholeBytesMax = int64_t{16} << 20;  // about 0.2 s of one core

  SegmentCompressor(const LogPersistenceConfig& config, FileSystem& file_system,
                    const std::string& log_path, SealedSegments& sealed, WriteHealth& health);

  // Those that were found plain on opening.
  void open();
  void add(const SegmentName& segment);
  // It is about to be removed.
  void forget(const SegmentName& segment);
  // What is at hand is left as it was; whoever opens the log next begins it again.
  void close();

  bool has_work() const { return is_on_ && waiting_count() > 0; }
  // When a step is wanted though nothing is written; InfiniteFuture if there is nothing to do.
  absl::Time due() const;
  // So much was written, which is worth some portions.
  void on_written(int64_t byte_count) {
    if (has_work()) add_credit(byte_count);
  }

  // What the calls of step() that follow may spend.
  enum class Round {
    kByWriting,   // as much as what was written since the last round is worth, at least a portion
    kOnePortion,  // by a writer that has nothing better to do
    kOneSegment,  // all that the next one takes, if it is not longer than kWholeBytesMax
  };
  void begin_round(Round round);
  // Spends one portion. False if there is nothing to spend, or to do, now. `before_archiving` is
  // called with a segment when it is begun.
  bool step(absl::Time now,
            const std::function<absl::Status(const SegmentName&)>& before_archiving);
  // The segment that the last step() has replaced by its archive.
  const std::optional<SegmentName>& replaced() const { return replaced_; }

 private:
  void add_credit(int64_t byte_count);
  int64_t waiting_count() const;
  bool is_next_short() const;
  void take_next();
  void on_failure(const absl::Status& status, absl::Time now);

  const bool is_on_;
  FileSystem& file_system_;
  const std::string log_path_;
  SealedSegments& sealed_;
  WriteHealth& health_;
  SegmentArchiver archiver_;  // has at_hand_ alone
  std::optional<SegmentName> at_hand_;
  std::optional<SegmentName> failed_;  // last, and told
  std::deque<SegmentName> queue_;
  std::optional<SegmentName> replaced_;

  int64_t credit_bytes_ = 0;
  int64_t written_bytes_ = 0;  // since the last round
  Round round_ = Round::kByWriting;
  int64_t round_bytes_ = 0;  // that may still be spent in it
  int64_t portion_bytes_ = kPortionBytes;
  RetryPace pace_;
};

}  // namespace logslice::internal
