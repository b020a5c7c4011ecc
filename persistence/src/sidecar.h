// This header defines Sidecar, the file `<log>.lock`: the writer's lock, who holds it, and what the
// log's end alone does not tell. Layout: specs/log-format.md, "The sidecar".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

struct SidecarContent {
  int64_t pid = 0;
  absl::Time started_at;  // when the holder opened the log
  int64_t last_seq = 0;   // the highest __seq__ given when this was written

  // Entries by type id ("" for lines that state none) in `sealed_count` sealed segments and an
  // active file of `log_bytes` bytes. They hold only while the log is just that; nothing if they
  // were not known.
  std::optional<int64_t> log_bytes;
  int64_t sealed_count = 0;
  std::map<std::string, int64_t> type_counts;
};

// One line of JSON that ends with a checksum over the rest.
std::string encode_sidecar(const SidecarContent& content);
// Nothing if `text` is torn, older bytes under newer ones, or otherwise not what was written.
std::optional<SidecarContent> decode_sidecar(std::string_view text);

std::string sidecar_path(const std::string& log_path);

// Reads the content through any open file. Nothing if there is none that is valid.
std::optional<SidecarContent> read_sidecar(File& file);

// Sidecar holds the lock of one log from lock() to its destruction. The file is never unlinked: a
// second writer would else lock a new file while the first holds the old one.
class Sidecar {
 public:
  // Unavailable (kLock) naming pid and start time if another writer, here or in another process,
  // has the log.
  static absl::StatusOr<std::unique_ptr<Sidecar>> lock(FileSystem& file_system,
                                                       const std::string& log_path);

  // What the holder before left behind; nothing if this is the first or the content is not valid.
  const std::optional<SidecarContent>& found() const { return found_; }

  // Rewrites the content in place. A crash in the middle leaves content that is not valid, which
  // costs a count of the log and nothing else; that is why it is never synced.
  absl::Status write(const SidecarContent& content);

 private:
  Sidecar(std::unique_ptr<File> file, std::string path);

  std::unique_ptr<File> file_;
  std::string path_;
  std::optional<SidecarContent> found_;
};

}  // namespace logslice::internal
