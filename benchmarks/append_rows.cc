// inline, buffered: an event goes through dispatch, window and lock into the file.
#include <cstring>
#include <memory>
#include <thread>

#include "files.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/session/session.h"
#include "rows.h"
#include "sample_entry.h"

namespace logslice::bench {
namespace {

struct Work {
  std::vector<ToolInvoked> entries = make_entries(1000);
  std::vector<std::string> lines;
  std::filesystem::path directory;
  int64_t entry_count;
};

std::shared_ptr<Work> make_work(const Settings& settings) {
  auto work = std::make_shared<Work>();
  work->directory = settings.directory;
  work->entry_count = settings.entry_count;
  internal::ByteBuffer buffer;
  for (const ToolInvoked& entry : work->entries) {
    buffer.clear();
    internal::encode_line(internal::type_table<ToolInvoked>(), &entry, 123'456,
                          "2025-01-15T10:30:00.123789+00:00", buffer);
    work->lines.emplace_back(buffer.view());
  }
  // A mutex is cheaper while a process has never had a second thread; agents have some.
  std::thread([] {}).join();
  return work;
}

// Copies are made before the clock runs: an agent moves its events in.
double dispatch_all(const Work& work, int64_t flush_interval) {
  const std::filesystem::path path = work.directory / "append.jsonl";
  std::filesystem::remove(path);
  std::filesystem::remove(path.string() + ".lock");
  Session session;
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
  check(session
            .configure_persistence<ToolInvoked>(
                {.path = path, .max_memory_entries = 1000, .flush_interval = flush_interval})
            .ok(),
        "configure_persistence");
  double seconds = 0;
  for (int64_t done = 0; done < work.entry_count; done += 1000) {
    std::vector<ToolInvoked> batch = work.entries;
    seconds += seconds_of([&] {
      for (ToolInvoked& entry : batch) session.dispatch(std::move(entry));
    });
  }
  seconds += seconds_of([&] { check(session.close().ok(), "close"); });
  check(*count_log_entries(path) == work.entry_count, "entries are missing in the file");
  return seconds * 1e9 / static_cast<double>(work.entry_count);
}

double write_lines(const Work& work, size_t bytes_per_write) {
  const std::filesystem::path path = work.directory / "limit.jsonl";
  const OpenFile file(path, OpenFile::Mode::kAppendToNew);
  std::string buffer;
  buffer.reserve(bytes_per_write + 4096);
  double seconds = 0;
  for (int64_t done = 0; done < work.entry_count; done += 1000) {
    // As cold in the caches as the events are.
    const std::vector<std::string> batch = work.lines;
    seconds += seconds_of([&] {
      for (const std::string& line : batch) {
        if (bytes_per_write == 0) {
          file.write_whole(line);
          continue;
        }
        buffer += line;
        if (buffer.size() < bytes_per_write) continue;
        file.write_whole(buffer);
        buffer.clear();
      }
    });
  }
  return seconds * 1e9 / static_cast<double>(work.entry_count);
}

}  // namespace

Row make_inline_row(const Settings& settings) {
  const std::shared_ptr<Work> work = make_work(settings);
  Row row;
  row.unit = "ns/entry";
  row.what =
      "Session::dispatch, flush_interval 1, window of 1,000. Limit: one write(2) of the line.";
  row.logslice = {"logslice", [work] { return dispatch_all(*work, 1); }};
  row.limit = {"write(2) each", [work] { return write_lines(*work, 0); }};
  return row;
}

Row make_buffered_row(const Settings& settings) {
  constexpr int64_t kFlushInterval = 145;  // of these lines, about 64 KiB
  constexpr size_t kWriteBytes = 64 * 1024;
  const std::shared_ptr<Work> work = make_work(settings);
  Row row;
  row.unit = "ns/entry";
  row.what = "The same, 64 KiB a write. Limit: memcpy of the line into a buffer, write(2).";
  row.logslice = {"logslice", [work] { return dispatch_all(*work, kFlushInterval); }};
  row.limit = {"memcpy + write(2)", [work] { return write_lines(*work, kWriteBytes); }};
  return row;
}

}  // namespace logslice::bench
