// inline, buffered: an event goes through dispatch, window and lock into the file.
#include <cstring>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "files.h"
#include "line_encoder.h"
#include "line_store.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/internal/time_text.h"
#include "logslice/session/session.h"
#include "peers.h"
#include "rows.h"

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
  work->directory = settings.directory / "append";
  work->entry_count = settings.entry_count;
  const std::unique_ptr<LineEncoder> encoder = logslice_encoder().make();
  internal::ByteBuffer line;
  for (const ToolInvoked& entry : work->entries) {
    line.clear();
    encoder->append_line(entry, 123'456, "2025-01-15T10:30:00.123789+00:00", line);
    work->lines.emplace_back(line.view());
  }
  // A mutex is cheaper while a process has never had a second thread; agents have some.
  std::thread([] {}).join();
  return work;
}

// The time of `put` with each of a copy of `all`, over and over; in ns per entry, `finish`
// included. Copies are made before the clock runs: an agent moves its events in, and they are as
// cold in the caches as a thousand of them are.
template <typename T, typename Put, typename Finish>
double time_of_puts(const Work& work, const std::vector<T>& all, Put put, Finish finish) {
  double seconds = 0;
  for (int64_t done = 0; done < work.entry_count; done += static_cast<int64_t>(all.size())) {
    std::vector<T> batch = all;
    seconds += seconds_of([&] {
      for (T& one : batch) put(one);
    });
  }
  seconds += seconds_of(finish);
  return seconds * 1e9 / static_cast<double>(work.entry_count);
}

void check_log(const Work& work, const std::filesystem::path& path) {
  auto scan = scan_log<ToolInvoked>(path, {.strict = true});
  check(scan.ok(), "scan_log");
  int64_t count = 0;
  for (const ToolInvoked& entry : *scan) {
    check(is_equal(entry, work.entries[static_cast<size_t>(count++) % work.entries.size()]),
          "an entry is not the one that was put");
  }
  check(scan->status().ok() && count == work.entry_count, "entries are missing in the file");
}

double dispatch_all(const Work& work, int64_t flush_interval) {
  const std::filesystem::path path = work.directory / "log.jsonl";
  Session session;
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
  check(session
            .configure_persistence<ToolInvoked>(
                {.path = path, .max_memory_entries = 1000, .flush_interval = flush_interval})
            .ok(),
        "configure_persistence");
  const double nanos = time_of_puts(
      work, work.entries, [&](ToolInvoked& entry) { session.dispatch(std::move(entry)); },
      [&] { check(session.close().ok(), "close"); });
  check_log(work, path);
  return nanos;
}

// Encodes, and writes once there are so many bytes; the clock is read as often as is written. No
// window, no lock.
double encode_and_write(const Work& work, const LineEncoderMaker& maker, size_t bytes_per_write) {
  const std::filesystem::path path = work.directory / "log.jsonl";
  const std::unique_ptr<LineEncoder> encoder = maker.make();
  internal::TimeTextCache times;
  double nanos = 0;
  {
    const OpenFile file(path, OpenFile::Mode::kAppendToNew);
    internal::ByteBuffer buffer;
    std::string_view ts;
    int64_t seq = 0;
    const auto write_out = [&] {
      if (!buffer.empty()) file.write_whole(buffer.view());
      buffer.clear();
    };
    nanos = time_of_puts(
        work, work.entries,
        [&](ToolInvoked& entry) {
          if (buffer.empty()) ts = times.format(absl::Now());
          encoder->append_line(entry, ++seq, ts, buffer);
          if (buffer.size() >= bytes_per_write) write_out();
        },
        write_out);
  }
  check_log(work, path);
  return nanos;
}

double put_lines(const Work& work, const LineStoreMaker& maker) {
  const std::unique_ptr<LineStore> store = maker.make(work.directory);
  const double nanos = time_of_puts(
      work, work.lines, [&](std::string& line) { store->put(line); }, [&] { store->close(); });
  int64_t count = 0;
  store->for_each_line([&](std::string_view line) {
    check(line == work.lines[static_cast<size_t>(count++) % work.lines.size()],
          "a line is not the one that was put");
  });
  check(count == work.entry_count, "lines are missing");
  return nanos;
}

double write_lines(const Work& work, size_t bytes_per_write) {
  const OpenFile file(work.directory / "limit.jsonl", OpenFile::Mode::kAppendToNew);
  std::string buffer;
  buffer.reserve(bytes_per_write + 4096);
  return time_of_puts(
      work, work.lines,
      [&](std::string& line) {
        if (bytes_per_write == 0) {
          file.write_whole(line);
          return;
        }
        buffer += line;
        if (buffer.size() < bytes_per_write) return;
        file.write_whole(buffer);
        buffer.clear();
      },
      [] {});
}

// In a folder that is there for one run only.
template <typename Run>
Contender contender(const std::shared_ptr<Work>& work, std::string name, Run run) {
  return {std::move(name),
          [work, run] {
            std::filesystem::remove_all(work->directory);
            std::filesystem::create_directories(work->directory);
            const double nanos = run(*work);
            std::filesystem::remove_all(work->directory);
            return nanos;
          },
          {}};
}

void add_peers(Row& row, const std::shared_ptr<Work>& work, size_t bytes_per_write,
               EachPut each_put) {
  const auto encoding_contender = [&](const LineEncoderMaker& maker) {
    return contender(work, maker.name + " + write(2)", [maker, bytes_per_write](const Work& given) {
      return encode_and_write(given, maker, bytes_per_write);
    });
  };
  // No peer: it is for one type only, and keeps no window.
  row.yardsticks.push_back(encoding_contender(hand_written_encoder()));
  for (const LineEncoderMaker& maker : peers().encoders) {
    row.peers.push_back(encoding_contender(maker));
  }
  for (const StorePeer& peer : peers().stores) {
    if (peer.each_put != each_put) continue;
    row.peers.push_back(contender(work, peer.maker.name, [maker = peer.maker](const Work& given) {
      return put_lines(given, maker);
    }));
  }
}

}  // namespace

Row make_inline_row(const Settings& settings) {
  const std::shared_ptr<Work> work = make_work(settings);
  Row row;
  row.unit = "ns/entry";
  row.what =
      "Session::dispatch, flush_interval 1, window of 1,000. Limit: one write(2) of the line. The "
      "others\n  have no window and no lock; spdlog and the databases are given finished lines.";
  row.logslice =
      contender(work, "logslice", [](const Work& given) { return dispatch_all(given, 1); });
  row.limit =
      contender(work, "write(2) each", [](const Work& given) { return write_lines(given, 0); });
  add_peers(row, work, 0, EachPut::kWritten);
  return row;
}

Row make_buffered_row(const Settings& settings) {
  constexpr int64_t kFlushInterval = 145;  // of these lines, about 64 KiB
  constexpr size_t kWriteBytes = 64 * 1024;
  const std::shared_ptr<Work> work = make_work(settings);
  Row row;
  row.unit = "ns/entry";
  row.what = "The same, 64 KiB a write. Limit: memcpy of the line into a buffer, write(2).";
  row.logslice = contender(work, "logslice",
                           [](const Work& given) { return dispatch_all(given, kFlushInterval); });
  row.limit = contender(work, "memcpy + write(2)",
                        [](const Work& given) { return write_lines(given, kWriteBytes); });
  add_peers(row, work, kWriteBytes, EachPut::kBuffered);
  return row;
}

}  // namespace logslice::bench
