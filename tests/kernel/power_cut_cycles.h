// This header defines PowerCutCycles: cut the power under a writer, mount again, look, go on.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/kernel/child_process.h"
#include "tests/kernel/left_behind.h"
#include "tests/kernel/scratch_mount.h"

namespace logslice::testing {

// One file system through many power cuts. Every few cuts a new log is begun, in directories that
// its writer has to make; in between, each writer goes on in what the cut before has left.
//
// After each cut: every entry that was acknowledged as synced is there, what else is there is a
// beginning of what was written, and the file, byte for byte, is one that legal_states.h allows.
class PowerCutCycles {
 public:
  enum class Syncing {
    kOnFlush,   // the writer syncs, and acknowledges what is synced
    kByOthers,  // it does not; now and then somebody syncs the whole file system
  };

  PowerCutCycles(LoopedExt4& disk, Syncing syncing, uint64_t seed)
      : disk_(disk), syncing_(syncing), random_(seed) {}

  void run(int64_t cycle_count);

  struct Tally {
    int64_t cut_count = 0;
    int64_t acknowledged_count = 0;  // entries that had to be there, over all cuts
    int64_t lost_tail_count = 0;     // cuts that took written, unsynced entries away
    int64_t torn_count = 0;          // cuts that left half a line
    int64_t zeros_count = 0;         // cuts that left zeros at the end
  };
  const Tally& tally() const { return tally_; }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  static constexpr int64_t kCutsPerLog = 8;

  void begin_log();
  int64_t pick(int64_t first, int64_t last);
  void write_and_cut();
  void note(const std::optional<Ack>& ack);
  void look();
  void check_bytes(const std::string& found);
  void problem(const std::string& text);

  LoopedExt4& disk_;
  const Syncing syncing_;
  std::mt19937_64 random_;
  Tally tally_;
  std::vector<std::string> problems_;

  std::string directory_;
  std::string path_;
  int64_t log_count_ = 0;
  std::string content_;  // of the log when the power came back

  // Of the writer at hand.
  int64_t flush_interval_ = 1;
  std::optional<int64_t> opened_seq_;  // of its first opening
  int64_t acknowledged_ = 0;
  int64_t written_ = 0;  // acknowledged as written by this writer
  int64_t durable_seq_ = 0;
};

}  // namespace logslice::testing
