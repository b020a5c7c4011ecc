// Logs that another program wrote: real agent steps, serialised by the Python library whose format
// this is. They are not part of the project; where they are not beside the checkout, this skips.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"
#include "logslice/session/session.h"

namespace real_input {

struct ToolInvoked {
  std::string prompt_name;
  std::string adapter;
  std::string name;
  logslice::JsonValue params;
  logslice::JsonValue result;
  std::optional<logslice::Uuid> session_id;
  absl::Time created_at;
  std::optional<logslice::JsonValue> usage;
  std::string rendered_output;
  std::optional<std::string> call_id;
  std::optional<logslice::JsonValue> run_context;
  logslice::Uuid event_id;

  friend bool operator==(const ToolInvoked&, const ToolInvoked&) = default;
};

}  // namespace real_input

template <>
struct logslice::EntryTraits<real_input::ToolInvoked> {
  static constexpr std::string_view id = "weakincentives.runtime.events:ToolInvoked";
};

namespace real_input {
namespace {

constexpr size_t kEntryCount = 174;

std::filesystem::path data_folder() {
  return std::filesystem::path(LOGSLICE_SOURCE_DIR).parent_path() / "shared" / "data";
}

class RealInputTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    input_ = data_folder() / GetParam();
    if (!std::filesystem::exists(input_)) {
      GTEST_SKIP() << "no real logs here: " << input_ << " does not exist";
    }
    std::string folder = (std::filesystem::temp_directory_path() / "real-input-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }

  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  std::filesystem::path input_;
  std::filesystem::path folder_;
};

std::vector<ToolInvoked> scan_strictly(const std::filesystem::path& path) {
  std::vector<ToolInvoked> entries;
  auto scan = logslice::scan_log<ToolInvoked>(path, {.strict = true});
  EXPECT_TRUE(scan.ok()) << scan.status();
  if (!scan.ok()) return entries;
  int64_t expected_seq = 1;
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    EXPECT_EQ(it.seq(), expected_seq++);
    EXPECT_TRUE(it.ts().has_value());
    entries.push_back(std::move(*it));
  }
  EXPECT_TRUE(scan->status().ok()) << scan->status();
  EXPECT_EQ(scan->stats().missing_member_count, 0);
  EXPECT_EQ(scan->stats().torn_bytes, 0);
  return entries;
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void write_log(const std::filesystem::path& path, const std::vector<ToolInvoked>& entries) {
  logslice::Session session;
  ASSERT_TRUE(session.register_slice<ToolInvoked>(logslice::SlicePolicy::kLog).ok());
  ASSERT_TRUE(
      session.configure_persistence<ToolInvoked>({.path = path, .max_memory_entries = 10}).ok());
  for (const ToolInvoked& entry : entries) ASSERT_TRUE(session.dispatch(entry).ok());
  EXPECT_LE(session.slice<ToolInvoked>().size(), 10U);
  ASSERT_TRUE(session.close().ok());
}

std::string up_to_seq(const std::string& line) {
  return line.substr(0, line.find(",\"__seq__\":"));
}

TEST_P(RealInputTest, ScansStrictlyToTheLastEntry) {
  EXPECT_EQ(scan_strictly(input_).size(), kEntryCount);
}

TEST_P(RealInputTest, IsEqualFieldByFieldWhenWrittenAgainAndScannedAgain) {
  const std::vector<ToolInvoked> entries = scan_strictly(input_);
  write_log(folder_ / "again.jsonl", entries);
  const std::vector<ToolInvoked> again = scan_strictly(folder_ / "again.jsonl");
  ASSERT_EQ(again.size(), kEntryCount);
  for (size_t i = 0; i < kEntryCount; ++i) EXPECT_EQ(again[i], entries[i]) << "entry " << i;
}

TEST_P(RealInputTest, CanBeContinued) {
  const std::filesystem::path copy = folder_ / "continued.jsonl";
  std::filesystem::copy_file(input_, copy);
  const std::vector<ToolInvoked> entries = scan_strictly(copy);
  write_log(copy, {entries.front()});
  const std::vector<ToolInvoked> continued = scan_strictly(copy);
  ASSERT_EQ(continued.size(), kEntryCount + 1);
  EXPECT_EQ(continued.back(), entries.front());
}

INSTANTIATE_TEST_SUITE_P(BothForms, RealInputTest,
                         testing::Values("tool_invocations.python_default.jsonl",
                                         "tool_invocations.python_compact.jsonl"),
                         [](const auto& parameter) {
                           const std::string name = parameter.param;
                           return std::string(name.find("compact") == name.npos ? "Default"
                                                                                : "Compact");
                         });

class CompactInputTest : public RealInputTest {};

TEST_P(CompactInputTest, KeepsParamsAndResultByteForByte) {
  const std::vector<std::string> lines = read_lines(input_);
  const std::vector<ToolInvoked> entries = scan_strictly(input_);
  ASSERT_EQ(lines.size(), entries.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i],
                testing::HasSubstr("\"params\":" + entries[i].params.text() +
                                   ",\"result\":" + entries[i].result.text() + ",\"session_id\":"));
  }
}

TEST_P(CompactInputTest, IsWrittenAgainAsTheSameBytesUpToSeqAndTime) {
  write_log(folder_ / "again.jsonl", scan_strictly(input_));
  const std::vector<std::string> lines = read_lines(input_);
  const std::vector<std::string> again = read_lines(folder_ / "again.jsonl");
  ASSERT_EQ(again.size(), lines.size());
  for (size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(up_to_seq(again[i]), up_to_seq(lines[i]));
}

TEST_P(CompactInputTest, MeansTheSameAsTheOtherForm) {
  const std::vector<ToolInvoked> compact = scan_strictly(input_);
  const std::vector<ToolInvoked> spaced =
      scan_strictly(data_folder() / "tool_invocations.python_default.jsonl");
  ASSERT_EQ(compact.size(), spaced.size());
  for (size_t i = 0; i < compact.size(); ++i) {
    EXPECT_TRUE(compact[i].params.equivalent(spaced[i].params)) << "entry " << i;
    EXPECT_TRUE(compact[i].result.equivalent(spaced[i].result)) << "entry " << i;
    ToolInvoked other = spaced[i];
    other.params = compact[i].params;
    other.result = compact[i].result;
    other.usage = compact[i].usage;
    EXPECT_EQ(compact[i], other) << "entry " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Compact, CompactInputTest,
                         testing::Values("tool_invocations.python_compact.jsonl"));

}  // namespace
}  // namespace real_input
