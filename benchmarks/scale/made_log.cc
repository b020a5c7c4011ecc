#include "made_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "events.h"
#include "logslice/session/session.h"
#include "sample_entry.h"
#include "scale.h"

namespace logslice::scale {
namespace {

constexpr int64_t kLinesPerRare = 100;
constexpr int64_t kSampleCount = 1000;
constexpr int64_t kLinesPerTime = 200;  // a batch has one time
constexpr size_t kWriteBytes = size_t{4} << 20;
constexpr std::string_view kSeqKey = R"(,"__seq__":)";

// What stands before the numbers, of lines as the library writes them.
std::vector<std::string> sample_lines(const std::filesystem::path& path) {
  Session session;
  check(session.register_slice<bench::ToolInvoked>(SlicePolicy::kLog), "register_slice");
  check(session.register_slice<StepFailed>(SlicePolicy::kLog), "register_slice");
  check(session.configure_persistence<bench::ToolInvoked>({.path = path}), "configure");
  check(session.configure_persistence<StepFailed>({.path = path}), "configure");
  std::vector<bench::ToolInvoked> entries = bench::make_entries(kSampleCount);
  for (int64_t i = 0; i < kSampleCount; ++i) {
    if (i % kLinesPerRare == kLinesPerRare / 2) {
      session.dispatch(StepFailed{i, "the tool answered something that is not what was asked for"});
    } else {
      session.dispatch(std::move(entries[static_cast<size_t>(i)]));
    }
  }
  check(session.close(), "close");
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line.substr(0, line.rfind(kSeqKey) + kSeqKey.size()));
  }
  check(lines.size() == kSampleCount, "sample lines are missing");
  std::filesystem::remove(path);
  std::filesystem::remove(path.native() + ".lock");
  return lines;
}

std::string text_of(absl::Time time) {
  return absl::FormatTime(R"(,"__ts__":"%E4Y-%m-%dT%H:%M:%E6S+00:00"})", time,
                          absl::UTCTimeZone()) +
         "\n";
}

}  // namespace

MadeLog make_log(const std::filesystem::path& path, int64_t bytes) {
  const std::vector<std::string> samples = sample_lines(path);
  MadeLog log{.path = path};
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  check(file >= 0, "a log cannot be made");
  std::string buffer;
  buffer.reserve(kWriteBytes + 4096);
  absl::Time time = absl::FromUnixSeconds(1'750'000'000);
  std::string time_text;
  bool is_written = true;
  const auto write_buffer = [&] {
    is_written &= write(file, buffer.data(), buffer.size()) == static_cast<ssize_t>(buffer.size());
    log.bytes += static_cast<int64_t>(buffer.size());
    buffer.clear();
  };
  while (is_written && log.bytes + static_cast<int64_t>(buffer.size()) < bytes) {
    if (log.line_count % kLinesPerTime == 0) {
      time += absl::Milliseconds(10);
      time_text = text_of(time);
    }
    const int64_t sample = log.line_count % kSampleCount;
    log.rare_count += sample % kLinesPerRare == kLinesPerRare / 2;
    ++log.line_count;
    buffer += samples[static_cast<size_t>(sample)];
    char digits[20];
    const std::to_chars_result end = std::to_chars(digits, digits + sizeof(digits), log.line_count);
    buffer.append(digits, end.ptr);
    buffer += time_text;
    if (log.place_seq == 0 && log.bytes >= bytes / 10 * 9) {
      log.place_seq = log.line_count;
      log.place_ts = time;
    }
    if (buffer.size() >= kWriteBytes) write_buffer();
  }
  write_buffer();
  // So that nothing is written behind the figures' backs.
  is_written &= fdatasync(file) == 0;
  close(file);
  check(is_written, "a log cannot be written: is the disk full?");
  // One that is shorter than a write has its nine tenths within it.
  if (log.place_seq == 0) {
    log.place_seq = log.line_count / 10 * 9;
    log.place_ts = absl::FromUnixSeconds(1'750'000'000) +
                   absl::Milliseconds(10) * ((log.place_seq - 1) / kLinesPerTime + 1);
  }
  return log;
}

void make_cold(const MadeLog& log) {
  const int file = open(log.path.c_str(), O_RDONLY | O_CLOEXEC);
  check(file >= 0, "a log cannot be opened");
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  close(file);
}

}  // namespace logslice::scale
