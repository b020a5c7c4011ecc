// An agent runtime on logslice, and the demonstration that it loses nothing when it is killed.
//
// Where to read what:
//   events.h       the structs that become slices
//   worker.cc      the session: set-up, restore, catching up, the steps, snapshots
//   report.cc      replaying a log
//   check.cc       reading a log and a snapshot with suspicion
//   supervisor.cc  the parent process, which starts, kills and restarts the worker
//   plan.cc, tools.cc, command.cc, file_walk.cc   what the agent does all day
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arguments.h"
#include "check.h"
#include "report.h"
#include "run_files.h"
#include "step_gate.h"
#include "supervisor.h"
#include "worker.h"

namespace agent_runtime {
namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 1;
constexpr int kUsageError = 2;

int fail(const absl::Status& status, int exit_code = kFailed) {
  std::fflush(stdout);
  std::fprintf(stderr, "agent_runtime: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

absl::StatusOr<fs::path> make_dir(const fs::path& wanted) {
  std::error_code error;
  if (wanted.empty()) {
    const char* parent = std::getenv("TMPDIR");
    const bool stated = parent != nullptr && *parent != '\0';
    std::string dir = fs::path(stated ? parent : "/tmp") / "logslice-demo-XXXXXX";
    if (mkdtemp(dir.data()) == nullptr) return absl::ErrnoToStatus(errno, "cannot make " + dir);
    return fs::path(dir);
  }
  fs::create_directories(wanted, error);
  if (error) return absl::ErrnoToStatus(error.value(), "cannot make " + wanted.string());
  fs::path dir = fs::canonical(wanted, error);
  if (error) return absl::ErrnoToStatus(error.value(), wanted.string());
  if (fs::exists(log_path(dir), error) || fs::exists(snapshot_path(dir), error)) {
    return absl::AlreadyExistsError(dir.string() + " holds a run already; try --check on it");
  }
  return dir;
}

// Prints what the check found. False: something is wrong.
bool print_check(const CheckResult& result) {
  if (result.findings.empty()) {
    std::printf("  Sequence numbers 1 to %" PRId64
                ": each is there once.\n"
                "  Steps 1 to %" PRId64 " of the plan: each is there once, in order.\n",
                result.entry_count, result.step_count);
    return true;
  }
  for (const std::string& finding : result.findings) std::printf("  WRONG: %s\n", finding.c_str());
  return false;
}

int check(const fs::path& dir) {
  const absl::StatusOr<CheckResult> result = check_run(dir);
  if (!result.ok()) return fail(result.status());
  return print_check(*result) ? 0 : fail(absl::DataLossError("the log is not whole"));
}

// Commands that show the log, each on a line of its own.
void print_what_to_try(const char* program, const fs::path& dir) {
  const std::string log = log_path(dir).string();
  const std::string failed = R"('select(.success | not) | [.__seq__, .name, .result]')";
  const fs::path command = fs::path(program).parent_path() / "logslice";
  std::printf("\nIts files are in %s\n", dir.c_str());
  std::printf("  tools.jsonl    the log: one line per tool call\n");
  std::printf("  snapshot.json  plan and progress as of the last snapshot\n");
  std::printf("\nTry next, for instance:\n");
  std::printf("  head -n 2 %s\n", log.c_str());
  std::printf("  jq -c %s \\\n    %s\n", failed.c_str(), log.c_str());
  std::error_code error;
  if (fs::exists(command, error)) {
    std::printf("  %s cat %s --seq 10:14\n", command.c_str(), log.c_str());
  }
  std::printf("  %s --check %s\n", program, dir.c_str());
}

int demonstrate(const Arguments& arguments, const char* program) {
  std::error_code error;
  const fs::path root = fs::canonical(arguments.root, error);
  if (error || !fs::is_directory(root, error)) {
    return fail(absl::NotFoundError(arguments.root.string() + " is no directory"), kUsageError);
  }
  const absl::StatusOr<fs::path> dir = make_dir(arguments.dir);
  if (!dir.ok()) return fail(dir.status());

  std::printf(
      "An agent looks around in %s with five tools.\n"
      "Each tool call is an event: logslice appends it to a log and keeps the last\n"
      "%" PRId64 " in memory. The agent is killed twice, and must lose and repeat nothing.\n",
      root.c_str(), kWindowEntries);
  // /proc/self/exe is this very program, even if another has taken its place meanwhile.
  const absl::Status ran = supervise({.program = "/proc/self/exe", .root = root, .dir = *dir});
  if (!ran.ok()) {
    std::printf("\nIts files are in %s\n", dir->c_str());
    return fail(ran);
  }

  const absl::StatusOr<Report> report = replay(log_path(*dir));
  if (!report.ok()) return fail(report.status());
  std::printf("\nThe whole log, replayed: %" PRId64 " entries, written by %zu processes\n\n",
              report->total.call_count, report->sessions.size());
  print_report(*report);

  std::printf("\nThe check\n");
  const int exit_code = check(*dir);
  print_what_to_try(program, *dir);
  return exit_code;
}

int work(const Arguments& arguments) {
  const absl::Status status = run_worker({.root = arguments.root, .dir = arguments.dir},
                                         GateEnd(arguments.gate_fd.value_or(-1)));
  return status.ok() ? 0 : fail(status);
}

int run(int argc, char** argv) {
  const absl::StatusOr<Arguments> arguments = parse_arguments(argc, argv);
  if (!arguments.ok()) {
    const int exit_code = fail(arguments.status(), kUsageError);
    std::fputs(kUsage, stderr);
    return exit_code;
  }
  switch (arguments->mode) {
    case Arguments::Mode::kHelp:
      std::fputs(kUsage, stdout);
      return 0;
    case Arguments::Mode::kCheck:
      return check(arguments->dir);
    case Arguments::Mode::kWork:
      return work(*arguments);
    case Arguments::Mode::kDemonstrate:
      break;
  }
  return demonstrate(*arguments, argv[0]);
}

}  // namespace
}  // namespace agent_runtime

int main(int argc, char** argv) { return agent_runtime::run(argc, argv); }
