#include "files.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>

#include "bench.h"
#include "logslice/session/session.h"

namespace logslice::bench {
namespace {

LogPersistenceConfig config_of(const std::filesystem::path& path) {
  return {.path = path, .max_memory_entries = 2000, .flush_interval = 200};
}

}  // namespace

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

const ReadLog& log_to_read(const std::filesystem::path& directory, int64_t bytes, Text text) {
  static std::map<std::pair<int64_t, Text>, ReadLog> made;
  ReadLog& log = made[{bytes, text}];
  if (log.bytes != 0) return log;
  log.path = directory / ("read-" + std::to_string(made.size()) + ".jsonl");
  log.entries = make_entries(1000, text);
  Session session;
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
  check(session.configure_persistence<ToolInvoked>(config_of(log.path)).ok(),
        "configure_persistence");
  while (log.bytes < bytes) {
    for (const ToolInvoked& entry : log.entries) session.dispatch(entry);
    log.entry_count += static_cast<int64_t>(log.entries.size());
    check(session.flush_logs().ok(), "flush_logs");
    log.bytes = static_cast<int64_t>(std::filesystem::file_size(log.path));
  }
  check(session.close().ok(), "close");
  return log;
}

CostReported cost_reported(int64_t i) {
  return {"small", static_cast<double>(i % 1000) * 0.0125, 1200 + i, 340};
}

const MixedLog& log_of_two_types(const std::filesystem::path& directory, int64_t bytes) {
  static MixedLog log;
  if (log.bytes != 0) return log;
  log.path = directory / "mixed.jsonl";
  Session session;
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
  check(session.register_slice<CostReported>(SlicePolicy::kLog).ok(), "register_slice");
  check(session.configure_persistence<ToolInvoked>(config_of(log.path)).ok(),
        "configure_persistence");
  check(session.configure_persistence<CostReported>(config_of(log.path)).ok(),
        "configure_persistence");
  const std::vector<ToolInvoked> entries = make_entries(99);
  while (log.bytes < bytes) {
    for (int i = 0; i < 100; ++i) {
      for (const ToolInvoked& entry : entries) session.dispatch(entry);
      session.dispatch(cost_reported(log.cost_count));
      ++log.cost_count;
    }
    check(session.flush_logs().ok(), "flush_logs");
    log.bytes = static_cast<int64_t>(std::filesystem::file_size(log.path));
  }
  check(session.close().ok(), "close");
  return log;
}

}  // namespace logslice::bench
