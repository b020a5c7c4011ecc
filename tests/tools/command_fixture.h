// This header defines CommandTest: logs made by hand in a temporary folder, and the built command
// run over them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace logslice::command {

struct RunResult {
  int exit_code = -1;  // minus the signal, if one ended it
  std::string out;
  std::string err;
  int64_t memory_bytes_max = 0;  // resident
};

enum class Stdout {
  kPipe,
  kTerminal,     // 80 columns
  kNull,         // /dev/null
  kFull,         // /dev/full
  kClosedPipe,   // whose reader has gone
  kClosed,       // no descriptor at all
  kAppendToLog,  // RunOptions::append_to
};

struct RunOptions {
  Stdout standard_output = Stdout::kPipe;
  std::string append_to;
  std::vector<std::string> environment;  // NAME=value, beside the test's own without COLUMNS
};

class CommandTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // Writes a file, mode 0600, and returns its path.
  std::string make_file(const std::string& name, std::string_view content) const;

  // Whether files of mode 0 cannot be read: not so for root.
  static bool permissions_count();

 private:
  std::filesystem::path folder_;
};

RunResult run(std::vector<std::string> arguments, const RunOptions& options = {});

// A command that is still running. Ends it when it goes.
class StartedCommand {
 public:
  explicit StartedCommand(std::vector<std::string> arguments, const RunOptions& options = {});
  StartedCommand(const StartedCommand&) = delete;
  StartedCommand& operator=(const StartedCommand&) = delete;
  ~StartedCommand();

  // Reads until it has written this, to either; false if it ends before, or takes a minute.
  bool wait_for_out(std::string_view text);
  bool wait_for_err(std::string_view text);

  // Whether it has written something that was not read yet, or has ended.
  bool has_output() const;

  void send_signal(int signal) const;
  // The reader of its standard output goes away.
  void close_out();

  // Waits for its end. What it has written, all of it.
  RunResult finish();

 private:
  // Reads what is there, or waits for some. False at the end of both, and after a minute.
  bool read_some();

  int child_ = -1;
  int out_ = -1;
  int err_ = -1;
  RunResult result_;
};

std::string read_file(const std::string& path);

// A line as logslice writes it, newline included: {"__type__":…,<members>,"__seq__":…,"__ts__":…},
// written `seq` seconds after 2025-01-15T10:00:00Z. `members` is JSON text.
std::string entry(int64_t seq, std::string_view type, std::string_view members);

}  // namespace logslice::command
