// This header defines what a follower of a log can be told, and what it tells.
// Rules: specs/following.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "logslice/persistence/change_watcher.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/persistence/scan_options.h"

namespace logslice {

// Where a follower begins. "There" is what is committed when it is opened.
struct FollowStart {
  enum class At {
    kEnd,        // behind all that is there
    kLast,       // at the last `value` entries that pass the filters
    kSeq,        // at the entry with __seq__ `value`; entries without a number do not pass
    kBeginning,  // at the oldest entry that is there
  };
  At at = At::kEnd;
  int64_t value = 0;  // >= 0; of no meaning for kEnd and kBeginning
};

struct FollowOptions {
  FollowStart start;

  // The filters. An entry at or past end_seq ends the following. strict: what is damaged or of
  // another type ends it with an error; with kLast also if it is met on the way back. unnumbered =
  // kCountOn needs kSeq or kBeginning.
  ScanOptions scan;

  // What wakes the follower; nothing: make_change_watcher().
  std::shared_ptr<ChangeWatcher> watcher;
};

struct LineFollowOptions {
  FollowStart start;

  // Filters, type and strict, as in scan_lines.
  LineScanOptions lines;

  // As in FollowOptions.
  std::shared_ptr<ChangeWatcher> watcher;
};

// What a follower's wait found.
enum class Followed {
  kEntry,       // the next entry, or line
  kNothingYet,  // none came in time; ask again
  kChange,      // somebody changed the log otherwise than by writing to it: see change(); ask again
  kEnd,         // an entry at or past end_seq: no more will come
  kStopped,     // stop() was called
  kFailed,      // status(); no more will come
};

// What was done to the file at the log's path. Sealing is no change.
enum class LogChange {
  kTruncated,  // cut off, or written anew: read again from its start
  kReplaced,   // another file is there, and the one before has no name of the log: goes on in it
  kRemoved,    // renamed or deleted; followed still, until there is another
};

// "truncated", "replaced", "removed".
std::string_view log_change_name(LogChange change);

}  // namespace logslice
