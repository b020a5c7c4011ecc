// This header defines Snapshot, what a session was at one moment, and its JSON form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"
#include "logslice/session/slice_policy.h"

namespace logslice {

// The version of the JSON form that is written, and the only one that is read.
inline constexpr std::string_view kSnapshotVersion = "1";

// The largest snapshot that is read.
inline constexpr int64_t kSnapshotBytesMax = int64_t{1} << 30;

struct SnapshotSlice {
  std::string slice_type;        // type id
  std::string item_type;         // type id; the same as slice_type where we wrote it
  std::vector<JsonValue> items;  // objects of the type's members, oldest first

  friend bool operator==(const SnapshotSlice&, const SnapshotSlice&) = default;
};

// Where the log of a slice stood.
struct SnapshotLogFile {
  std::string path;         // canonical
  int64_t last_seq = 0;     // the highest __seq__ of the log, over all its types
  int64_t entry_count = 0;  // entries of this type up to it

  friend bool operator==(const SnapshotLogFile&, const SnapshotLogFile&) = default;
};

// Snapshot is a value without ties to its session. Format: specs/snapshot.md. Threads: as any
// plain value.
struct Snapshot {
  absl::Time created_at;
  std::optional<Uuid> parent_id;
  std::vector<Uuid> children_ids;
  std::vector<SnapshotSlice> slices;  // by slice_type; without the empty ones
  std::map<std::string, std::string> tags;
  std::map<std::string, SlicePolicy> policies;       // by type id, of every slice
  std::map<std::string, SnapshotLogFile> log_files;  // by type id, of every persisted slice
  // Entries up to the logs' last_seq that could not be written: the snapshot still serves to roll
  // back in memory, but not to resume after a crash.
  int64_t unwritten_count = 0;

  // One line of JSON, its members sorted.
  std::string to_json() const;

  // InvalidArgument (kSnapshot), naming the member that is not as it should be, or the version if
  // it is not kSnapshotVersion; ResourceExhausted beyond kSnapshotBytesMax. Members that are not
  // known are left out.
  static absl::StatusOr<Snapshot> from_json(std::string_view json);

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

// Reads what Session::save_snapshot() wrote. NotFound, or (kSnapshot) as Snapshot::from_json(),
// with the path.
absl::StatusOr<Snapshot> load_snapshot(const std::filesystem::path& path,
                                       FileSystem& file_system = posix_file_system());

// Which slices a snapshot holds.
enum class SnapshotScope {
  kState,  // those that restore() rolls back
  kAll,    // LOG slices as well, as far as they are in memory: to look at, restore() keeps its own
};

struct SnapshotOptions {
  SnapshotScope scope = SnapshotScope::kState;
};

// What restore() does about a log that ends before the snapshot's last_seq: entries are gone that
// the snapshot has seen.
enum class LogBehind { kError, kAccept };

struct RestoreOptions {
  LogBehind log_behind = LogBehind::kError;
};

}  // namespace logslice
