// The demonstration as a user sees it: the program is run, and its output held against its files.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_runtime/events.h"
#include "agent_runtime/step_gate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/scan_log.h"

namespace {

namespace fs = std::filesystem;
using agent_runtime::ToolCall;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  int exit_code = -1;
  std::string output;  // stdout and stderr
};

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

Ran run(const std::string& arguments, const std::string& environment = "") {
  Ran ran;
  const std::string command = environment + " " + quoted(AGENT_RUNTIME) + " " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> buffer;
  size_t count = 0;
  while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    ran.output.append(buffer.data(), count);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
  return ran;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream file(path);
  return lines_of({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

void write_lines(const fs::path& path, const std::vector<std::string>& lines) {
  std::ofstream file(path, std::ios::trunc);
  for (const std::string& line : lines) file << line << '\n';
}

class AgentRuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string dir = testing::TempDir() + "agent_runtime_test_XXXXXX";
    ASSERT_NE(mkdtemp(dir.data()), nullptr);
    scratch_ = dir;
    tree_ = scratch_ / "tree";
    dir_ = scratch_ / "run";
    log_ = dir_ / "tools.jsonl";
    fs::create_directories(tree_ / "src");
    write_lines(tree_ / "README.md", {"A small tree", "", "TODO: make it larger"});
    write_lines(tree_ / "src" / "main.c", {"int main(void) { return 0; }"});
    std::ofstream(tree_ / "binary", std::ios::binary) << std::string(100, '\0');
    std::ofstream(tree_ / "not-utf-8.txt") << "na\xefve \xff\n";
    std::ofstream(tree_ / "name-\xff") << "x\n";
  }

  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
  }

  Ran demonstrate() { return run("--root " + quoted(tree_) + " --dir " + quoted(dir_)); }

  // A worker under the supervision of the test.
  pid_t start_worker(int gate_fd) {
    const std::string fd = std::to_string(gate_fd);
    const pid_t pid = fork();
    if (pid == 0) {
      fcntl(gate_fd, F_SETFD, 0);
      const int nothing = open("/dev/null", O_WRONLY);
      dup2(nothing, STDOUT_FILENO);
      execl(AGENT_RUNTIME, AGENT_RUNTIME, "--worker", fd.c_str(), "--root", tree_.c_str(), "--dir",
            dir_.c_str(), nullptr);
      _exit(127);
    }
    return pid;
  }

  Ran check() { return run("--check " + quoted(dir_)); }

  // What the check says after `change` was made to the lines of the log.
  Ran check_changed(const std::function<void(std::vector<std::string>&)>& change) {
    const std::vector<std::string> lines = read_lines(log_);
    std::vector<std::string> changed = lines;
    change(changed);
    write_lines(log_, changed);
    Ran ran = check();
    write_lines(log_, lines);
    return ran;
  }

  fs::path scratch_;
  fs::path tree_;  // what the agent looks at
  fs::path dir_;   // where it keeps its files
  fs::path log_;
};

TEST_F(AgentRuntimeTest, IsKilledTwiceAndLosesAndRepeatsNothing) {
  const Ran ran = demonstrate();
  ASSERT_EQ(ran.exit_code, 0) << ran.output;

  std::set<logslice::Uuid> sessions;
  int64_t failed_count = 0;
  int64_t next = 1;
  absl::StatusOr<logslice::LogScan<ToolCall>> scan =
      logslice::scan_log<ToolCall>(log_, {.strict = true});
  ASSERT_TRUE(scan.ok()) << scan.status();
  for (auto call = scan->begin(); call != scan->end(); ++call, ++next) {
    ASSERT_EQ(call.seq(), next);
    ASSERT_EQ(call->step, next);
    sessions.insert(call->session_id);
    failed_count += call->success ? 0 : 1;
  }
  ASSERT_TRUE(scan->status().ok()) << scan->status();
  const std::string count = std::to_string(next - 1);

  EXPECT_GE(next - 1, 30);
  EXPECT_LE(next - 1, 60);
  EXPECT_GE(failed_count, 5);
  EXPECT_EQ(sessions.size(), 3u);
  EXPECT_THAT(
      ran.output,
      AllOf(HasSubstr("It makes a plan of " + count + " steps"),
            HasSubstr("It is killed (SIGKILL) at work on step 13."),
            HasSubstr("It goes back to the snapshot, where step 11 was next."),
            HasSubstr("It is killed (SIGKILL) at work on step 24."),
            HasSubstr("It goes back to the snapshot, where step 21 was next."),
            HasSubstr(count + " steps done, " + std::to_string(failed_count) + " of them failed"),
            HasSubstr("replayed: " + count + " entries, written by 3 processes"),
            HasSubstr("Sequence numbers 1 to " + count + ": each is there once."),
            HasSubstr("Steps 1 to " + count + " of the plan: each is there once, in order.")));
}

TEST_F(AgentRuntimeTest, KilledBeforeEveryStepItLosesAndRepeatsNothing) {
  fs::create_directory(dir_);
  int64_t next = 1;
  int status = 0;
  // Each worker but the last does one step: it is killed when it asks for a second one.
  for (int worker = 0; worker < 100; ++worker) {
    std::optional<agent_runtime::Gate> gate = agent_runtime::make_gate();
    ASSERT_TRUE(gate);
    const pid_t pid = start_worker(gate->worker.fd());
    gate->worker = {};
    // The first one is killed before it has done anything.
    if (worker > 0 && gate->supervisor.next_announced() == next) {
      gate->supervisor.let_through();
      ++next;
    }
    const std::optional<int64_t> step = gate->supervisor.next_announced();
    if (step) {
      ASSERT_EQ(*step, next);
      kill(pid, SIGKILL);
    }
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    if (!step) break;
  }
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GE(next - 1, 30);
  const Ran checked = check();
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_THAT(checked.output, HasSubstr("Steps 1 to " + std::to_string(next - 1) + " of the plan"));
}

TEST_F(AgentRuntimeTest, ToolsWorkAndFailAsTheTreeHasIt) {
  ASSERT_EQ(demonstrate().exit_code, 0);
  std::set<std::string> seen;
  absl::StatusOr<logslice::LogScan<ToolCall>> scan = logslice::scan_log<ToolCall>(log_);
  ASSERT_TRUE(scan.ok()) << scan.status();
  for (const ToolCall& call : *scan) {
    seen.insert(call.name + " " + call.params.text() + (call.success ? " = " : " ! ") +
                call.result.text());
  }
  EXPECT_THAT(
      seen,
      testing::IsSupersetOf({
          R"(list {"path":"src"} = {"entry_count":1,"names":["main.c"]})",
          R"(read {"path":"README.md","bytes_max":400} = {"bytes":35,"text":"A small tree\n\nTODO: make it larger\n","truncated":false})",
          R"(read {"path":"Makefile","bytes_max":400} ! {"error":"no file Makefile"})",
          R"(count {"path":"README.md"} = {"lines":3,"words":7,"bytes":35})",
          R"(search {"text":"TODO","path":".","matches_max":3} = {"file_count":4,"match_count":1,"matches":[{"path":"README.md","line":3,"text":"TODO: make it larger"}]})",
          R"(run {"argv":["wc","-c","README.md"]} = {"exit_code":0,"output":"35 README.md\n","truncated":false})",
      }));
}

TEST_F(AgentRuntimeTest, WorksInAnEmptyDirectoryAndWithoutPrograms) {
  fs::remove_all(tree_);
  fs::create_directory(tree_);
  const Ran ran = run("--root " + quoted(tree_) + " --dir " + quoted(dir_),
                      "PATH=" + quoted(scratch_ / "none"));
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
}

TEST_F(AgentRuntimeTest, WithoutDirItMakesANewOneUnderTmpdir) {
  fs::create_directory(dir_);
  const Ran ran = run("--root " + quoted(tree_), "TMPDIR=" + quoted(dir_));
  ASSERT_EQ(ran.exit_code, 0) << ran.output;
  const std::vector<fs::path> made{fs::directory_iterator(dir_), fs::directory_iterator()};
  ASSERT_EQ(made.size(), 1u);
  EXPECT_THAT(made[0].filename().string(), testing::StartsWith("logslice-demo-"));
  EXPECT_THAT(ran.output, HasSubstr("Its files are in " + made[0].string()));
}

TEST_F(AgentRuntimeTest, OutputFitsATerminalOf80Columns) {
  for (const std::string& line : lines_of(demonstrate().output)) {
    if (line.find(scratch_.string()) != std::string::npos) continue;
    EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST_F(AgentRuntimeTest, RefusesADirectoryThatHoldsARun) {
  ASSERT_EQ(demonstrate().exit_code, 0);
  const std::vector<std::string> before = read_lines(log_);
  const Ran again = demonstrate();
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.output, HasSubstr("holds a run already"));
  EXPECT_EQ(read_lines(log_), before);
}

TEST_F(AgentRuntimeTest, TellsWhatIsWrongWithItsArguments) {
  EXPECT_EQ(run("--help").exit_code, 0);
  for (const char* arguments : {"--unknown", "--dir", "--root ''", "--worker x", "--worker -1"}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit_code, 2) << arguments;
    EXPECT_THAT(ran.output, HasSubstr("usage:")) << arguments;
  }
  const Ran no_root = run("--root " + quoted(scratch_ / "nowhere"));
  EXPECT_EQ(no_root.exit_code, 2);
  EXPECT_THAT(no_root.output, HasSubstr("nowhere is no directory"));

  const Ran file_as_dir = run("--dir " + quoted(tree_ / "README.md"));
  EXPECT_EQ(file_as_dir.exit_code, 1);
  EXPECT_THAT(file_as_dir.output, HasSubstr("README.md"));

  const Ran nothing_to_check = run("--check " + quoted(scratch_));
  EXPECT_EQ(nothing_to_check.exit_code, 1);
  EXPECT_THAT(nothing_to_check.output, HasSubstr("snapshot.json"));
}

// A check that cannot fail proves nothing: each of these logs has been tampered with.
TEST_F(AgentRuntimeTest, CheckNamesWhatIsMissingOrDoubled) {
  ASSERT_EQ(demonstrate().exit_code, 0);
  ASSERT_EQ(check().exit_code, 0) << check().output;
  const size_t count = read_lines(log_).size();

  struct Case {
    const char* name;
    std::function<void(std::vector<std::string>&)> change;
    std::vector<std::string> findings;
  };
  const std::string last = std::to_string(count);
  const std::vector<Case> cases = {
      {"a line is missing",
       [](auto& lines) { lines.erase(lines.begin() + 6); },
       {"seq 7 is missing", "step 7 is missing"}},
      {"the first line is missing",
       [](auto& lines) { lines.erase(lines.begin()); },
       {"seq 1 is missing", "step 1 is missing"}},
      {"the last line is missing",
       [](auto& lines) { lines.pop_back(); },
       {"seq " + last + " is missing", "step " + last + " is missing"}},
      {"several lines are missing",
       [](auto& lines) { lines.erase(lines.begin() + 11, lines.begin() + 14); },
       {"seq 12 to 14 are missing"}},
      {"a line is doubled",
       [](auto& lines) { lines.insert(lines.begin() + 6, lines[6]); },
       {"seq 7 is there twice", "step 7 is there twice"}},
      {"a step ran again under a number of its own",
       [](auto& lines) {
         // What a runtime that forgot step 9 would leave: seq 10 holds step 9 once more.
         std::string& line = lines[9];
         line.replace(line.find("\"step\":10"), 9, "\"step\":9");
       },
       {"step 9 is there twice", "step 10 is missing", "step 9 is not what was planned"}},
      {"two lines are swapped",
       [](auto& lines) { std::swap(lines[6], lines[7]); },
       {"seq 7 is out of order"}},
      {"a line is cut",
       [](auto& lines) { lines[6].resize(lines[6].size() / 2); },
       {"tools.jsonl", "line 7"}},
      {"a failure is made up",
       [](auto& lines) {
         std::string& line = lines[0];
         line.replace(line.find("\"success\":true"), 14, "\"success\":false");
       },
       {"the snapshot counts " + last + " steps"}},
  };
  for (const Case& tampered : cases) {
    SCOPED_TRACE(tampered.name);
    const Ran ran = check_changed(tampered.change);
    EXPECT_EQ(ran.exit_code, 1);
    for (const std::string& finding : tampered.findings) {
      EXPECT_THAT(ran.output, HasSubstr(finding));
    }
    EXPECT_THAT(ran.output, Not(HasSubstr("each is there once")));
  }

  fs::remove(log_);
  EXPECT_EQ(check().exit_code, 1);
}

}  // namespace
