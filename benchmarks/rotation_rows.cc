// rotation, …: what a dispatch costs while segments are sealed and compressed.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "background_log.h"
#include "files.h"
#include "logslice/session/session.h"
#include "paced.h"
#include "rows.h"
#include "sample_entry.h"

namespace logslice::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kSegmentBytes = 64 << 10;
constexpr std::chrono::microseconds kPeriod{20};

struct Work {
  Events events;
  std::filesystem::path path;
  int64_t rotation_count;

  // A line has 430 bytes or more.
  int64_t event_count() const { return rotation_count * (kSegmentBytes / 400 + 1); }
};

std::filesystem::path empty_folder(const Work& work) {
  std::filesystem::path folder = work.path.parent_path();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

int64_t sealed_count(const Work& work) {
  int64_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(work.path.parent_path())) {
    const std::string name = entry.path().filename();
    count += name.find(".0000") != std::string::npos ? 1 : 0;
  }
  return count;
}

std::vector<double> figures_of(std::vector<double> micros) {
  std::sort(micros.begin(), micros.end());
  return {percentile(micros, 0.5), percentile(micros, 0.999), micros.back()};
}

double micros_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

Contender logslice_contender(const std::shared_ptr<Work>& work, WriteMode mode) {
  return {"logslice", [work, mode] {
            empty_folder(*work);
            std::vector<double> micros(static_cast<size_t>(work->event_count()));
            Session session;
            check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
            check(
                session
                    .configure_persistence<ToolInvoked>({.path = work->path,
                                                         .max_memory_entries = 1000,
                                                         .write_mode = mode,
                                                         .rotate_at_bytes = kSegmentBytes,
                                                         .compression = SegmentCompression::kGzip})
                    .ok(),
                "configure_persistence");
            put_paced(work->events, work->event_count(), kPeriod, [&](int64_t i, Event& event) {
              const Clock::time_point begin = Clock::now();
              session.dispatch(std::move(event.entry));
              micros[static_cast<size_t>(i)] = micros_since(begin);
            });
            check(session.close(absl::Minutes(1)).ok(), "close");
            check(sealed_count(*work) >= work->rotation_count, "too few rotations");
            work->events.check_log(work->path, work->event_count(), 0);
            std::filesystem::remove_all(work->path.parent_path());
            return figures_of(std::move(micros));
          }};
}

// A program that only writes its lines and renames the file: nothing compressed, nothing synced.
Contender bare_contender(const std::shared_ptr<Work>& work) {
  return {"write(2), rename(2)", [work] {
            empty_folder(*work);
            std::vector<double> micros(static_cast<size_t>(work->event_count()));
            int64_t rotation_count = 0;
            int64_t size_bytes = 0;
            auto file = std::make_unique<OpenFile>(work->path, OpenFile::Mode::kAppendToNew);
            put_paced(work->events, work->event_count(), kPeriod, [&](int64_t i, Event& event) {
              const Clock::time_point begin = Clock::now();
              file->write_whole(event.line);
              size_bytes += static_cast<int64_t>(event.line.size());
              if (size_bytes >= kSegmentBytes) {
                const std::string sealed =
                    work->path.string() + "." + std::to_string(++rotation_count);
                check(rename(work->path.c_str(), sealed.c_str()) == 0, "rename");
                file = std::make_unique<OpenFile>(work->path, OpenFile::Mode::kAppendToNew);
                size_bytes = 0;
              }
              micros[static_cast<size_t>(i)] = micros_since(begin);
            });
            check(rotation_count >= work->rotation_count, "too few rotations");
            std::filesystem::remove_all(work->path.parent_path());
            return figures_of(std::move(micros));
          }};
}

Row make_rotation_row(const Settings& settings, const std::string& mode_name, WriteMode mode) {
  auto work = std::make_shared<Work>();
  work->path = settings.directory / "rotation" / "log.jsonl";
  work->rotation_count = settings.entry_count / 200;
  Row row;
  const std::string name = "rotation, " + mode_name;
  row.parts = {{name, "us"}, {name + ", p99.9", "us"}, {name + ", longest", "us"}};
  row.what = "What one Session::dispatch costs its caller during " +
             std::to_string(work->rotation_count) +
             " rotations at 64 KiB with gzip, one\n  event per 20 us. Limit: write(2) of the "
             "finished line by the caller, rename(2) at 64 KiB; no gzip.";
  row.logslice = logslice_contender(work, mode);
  row.limit = bare_contender(work);
  return row;
}

}  // namespace

Row make_rotation_inline_row(const Settings& settings) {
  return make_rotation_row(settings, "inline", WriteMode::kInline);
}

Row make_rotation_background_row(const Settings& settings) {
  return make_rotation_row(settings, "background", WriteMode::kBackground);
}

}  // namespace logslice::bench
