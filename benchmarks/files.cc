#include "files.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>

#include "bench.h"
#include "logslice/session/session.h"
#include "sample_entry.h"

namespace logslice::bench {

OpenFile::OpenFile(const std::filesystem::path& path, Mode mode) {
  if (mode == Mode::kAppendToNew) std::filesystem::remove(path);
  descriptor_ = open(
      path.c_str(),
      mode == Mode::kRead ? O_RDONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  check(descriptor_ >= 0, "a file cannot be opened");
}

OpenFile::~OpenFile() { close(descriptor_); }

void OpenFile::write_whole(std::string_view bytes) const {
  check(write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
        "a write failed: is the disk full?");
}

const ReadLog& log_to_read(const std::filesystem::path& directory, int64_t bytes) {
  static std::map<int64_t, ReadLog> made;
  ReadLog& log = made[bytes];
  if (log.bytes != 0) return log;
  log.path = directory / ("read-" + std::to_string(bytes) + ".jsonl");
  Session session;
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
  check(session
            .configure_persistence<ToolInvoked>(
                {.path = log.path, .max_memory_entries = 2000, .flush_interval = 200})
            .ok(),
        "configure_persistence");
  const std::vector<ToolInvoked> entries = make_entries(1000);
  while (log.bytes < bytes) {
    for (const ToolInvoked& entry : entries) session.dispatch(entry);
    log.entry_count += static_cast<int64_t>(entries.size());
    check(session.flush_logs().ok(), "flush_logs");
    log.bytes = static_cast<int64_t>(std::filesystem::file_size(log.path));
  }
  check(session.close().ok(), "close");
  return log;
}

}  // namespace logslice::bench
