// The command `logslice`: looks into logs. Contract: specs/command.md.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "cat_command.h"
#include "count_command.h"
#include "doctor_command.h"
#include "exit_code.h"
#include "info_command.h"
#include "output.h"
#include "recover_command.h"
#include "stats_command.h"
#include "tail_command.h"

namespace logslice::command {

namespace {

// CommandLine declares what can be said, and holds what was.
class CommandLine {
 public:
  explicit CommandLine(Format default_format);

  ExitCode run(int argc, char** argv, Output& out);

 private:
  void add_info();
  void add_cat();
  void add_tail();
  void add_count();
  void add_stats();
  void add_statistic(CLI::App* command, const char* name, Statistic statistic, const char* what);
  void set_groups(const std::vector<std::string>& texts);
  void add_doctor();
  void add_recover();
  void add_path(CLI::App* command, std::string& path, const char* what);
  void add_type(CLI::App* command, std::string& type);
  void add_times(CLI::App* command, std::optional<absl::Time>& since,
                 std::optional<absl::Time>& until);
  void add_format(CLI::App* command, Format& format);
  std::string explanation(const CLI::ParseError& error);
  ExitCode wrong_usage(const CLI::ParseError& error);

  CLI::App app_{"Look into the logs that logslice writes.", "logslice"};
  InfoOptions info_;
  CatOptions cat_;
  TailOptions tail_;
  CountOptions count_;
  StatsOptions stats_;
  DoctorOptions doctor_;
  RecoverOptions recover_;
};

// What CLI11 says when a value is wrong: "--seq: expected …".
template <typename T>
T value_or_throw(const char* option, const absl::StatusOr<T>& value) {
  if (!value.ok()) throw CLI::ValidationError(option, message_of(value.status()));
  return *value;
}

// The library says what is wrong with a pointer.
void check_pointers(const char* option, const std::string& pointer) {
  const absl::Status status = LogAggregator::make({.members = {{pointer}}}).status();
  if (!status.ok()) throw CLI::ValidationError(option, message_of(status));
}

CLI::Validator not_empty() {
  return CLI::Validator(
      [](const std::string& text) {
        return text.empty() ? std::string("expected something, got nothing") : std::string();
      },
      "");
}

CommandLine::CommandLine(Format default_format) {
  info_.format = cat_.format = tail_.format = stats_.format = doctor_.format = default_format;
  app_.require_subcommand(1);
  app_.set_version_flag("--version", "logslice " LOGSLICE_VERSION, "Print the version and exit");
  app_.get_formatter()->column_width(24);
  app_.footer(
      "Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 finished but the log is damaged.\n"
      "Data goes to standard output, as text on a terminal and as JSON lines in a\n"
      "pipe; everything else goes to standard error.");
  add_info();
  add_cat();
  add_tail();
  add_count();
  add_stats();
  add_doctor();
  add_recover();
}

void CommandLine::add_path(CLI::App* command, std::string& path, const char* what) {
  command->add_option("PATH", path, what)->required()->check(not_empty())->type_name("");
}

void CommandLine::add_type(CLI::App* command, std::string& type) {
  command->add_option("--type", type, "Only entries of this type id")
      ->check(not_empty())
      ->type_name("T");
}

void CommandLine::add_times(CLI::App* command, std::optional<absl::Time>& since,
                            std::optional<absl::Time>& until) {
  command
      ->add_option_function<std::string>(
          "--since",
          [&since](const std::string& text) {
            since = value_or_throw("--since", parse_time(text));
          },
          "Only entries written at T or later:\n2025-01-15, 2025-01-15T10:30:00Z, or with +01:00")
      ->type_name("T");
  command
      ->add_option_function<std::string>(
          "--until",
          [&until](const std::string& text) {
            until = value_or_throw("--until", parse_time(text));
          },
          "Only entries written before T")
      ->type_name("T");
}

void CommandLine::add_format(CLI::App* command, Format& format) {
  command
      ->add_option_function<std::string>(
          "-o,--output",
          [&format](const std::string& text) {
            format = text == "text" ? Format::kText : Format::kJsonLines;
          },
          "text or jsonl; text on a terminal, else jsonl")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return text == "text" || text == "jsonl"
                       ? std::string()
                       : "expected text or jsonl, for example -o text; got '" + text + "'";
          },
          ""))
      ->type_name("FORMAT");
}

void CommandLine::add_info() {
  CLI::App* const command =
      app_.add_subcommand("info", "What logs hold: size, entries, types, damage, writer");
  command->add_option("PATH", info_.paths, "Logs to look at")
      ->required()
      ->check(not_empty())
      ->type_name("");
  add_format(command, info_.format);
}

void CommandLine::add_cat() {
  CLI::App* const command = app_.add_subcommand("cat", "The entries of a log, oldest first");
  add_path(command, cat_.path, "Log to read");
  add_type(command, cat_.type);
  command
      ->add_option_function<std::string>(
          "--seq",
          [this](const std::string& text) {
            cat_.seq = value_or_throw("--seq", parse_seq_range(text));
          },
          "Only these: from A up to, not including, B;\nalso A:, :B, or one number")
      ->type_name("A:B");
  add_times(command, cat_.since, cat_.until);
  add_format(command, cat_.format);
}

void CommandLine::add_tail() {
  CLI::App* const command =
      app_.add_subcommand("tail", "The last entries of a log, and those that are written to it");
  add_path(command, tail_.path, "Log to read");
  command
      ->add_option_function<std::string>(
          "-n,--lines",
          [this](const std::string& text) {
            tail_.count = value_or_throw("--lines", parse_count(text));
          },
          "How many of the last entries; 10")
      ->type_name("N");
  command->add_flag_callback(
      "-f,--follow", [this] { tail_.mode = TailMode::kFollow; },
      "Go on with what is written, until interrupted;\nthe log need not exist yet");
  add_type(command, tail_.type);
  add_format(command, tail_.format);
}

void CommandLine::add_count() {
  CLI::App* const command = app_.add_subcommand("count", "How many entries a log holds");
  add_path(command, count_.path, "Log to count");
  add_type(command, count_.type);
}

void CommandLine::add_stats() {
  CLI::App* const command =
      app_.add_subcommand("stats", "Counts, sums, means, quantiles, by type, time or member");
  add_path(command, stats_.path, "Log to sum up");
  command
      ->add_option_function<std::vector<std::string>>(
          "--by", [this](const std::vector<std::string>& texts) { set_groups(texts); },
          "A row for each type, minute, hour, day, step of time\n(15m) or value of a member "
          "(/model)")
      ->allow_extra_args(false)
      ->type_name("GROUP");
  add_statistic(command, "--sum", Statistic::kSum,
                "Sum of a member, such as /cost or /usage/tokens");
  add_statistic(command, "--mean", Statistic::kMean, "Mean of a member");
  add_statistic(command, "--min", Statistic::kMinimum, "Its smallest value");
  add_statistic(command, "--max", Statistic::kMaximum, "Its largest value");
  add_statistic(command, "--quantiles", Statistic::kQuantiles,
                "What 50, 90 and 99 of 100 values do not exceed");
  add_statistic(command, "--ratio", Statistic::kRatio, "How often a member is true, not false");
  add_type(command, stats_.type);
  add_times(command, stats_.since, stats_.until);
  command
      ->add_option_function<std::string>(
          "--time",
          [this](const std::string& text) {
            stats_.time_member = value_or_throw("--time", parse_time_member(text));
          },
          "The member that is the time of lines that logslice\ndid not write, such as ts")
      ->type_name("NAME");
  add_format(command, stats_.format);
  command->footer(
      "Options for groups and values may be given together and more than once:\n"
      "  logslice stats audit.jsonl --by hour --by /model --sum /cost --mean /cost");
}

void CommandLine::set_groups(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    for (const StatsGroup& group : stats_.by) {
      if (group.name == text) throw CLI::ValidationError("--by", text + " was given twice");
    }
    stats_.by.push_back(value_or_throw("--by", parse_group(text)));
    check_pointers("--by", stats_.by.back().by.pointer);
  }
}

void CommandLine::add_statistic(CLI::App* command, const char* name, Statistic statistic,
                                const char* what) {
  command
      ->add_option_function<std::vector<std::string>>(
          name,
          [this, name, statistic](const std::vector<std::string>& pointers) {
            for (const std::string& pointer : pointers) {
              check_pointers(name, pointer);
              stats_.values.push_back({statistic, pointer});
            }
          },
          what)
      ->allow_extra_args(false)
      ->check(not_empty())
      ->type_name("POINTER");
}

void CommandLine::add_doctor() {
  CLI::App* const command =
      app_.add_subcommand("doctor", "What is wrong with logs, and what mends it; changes nothing");
  command->add_option("PATH", doctor_.paths, "Logs to examine")
      ->required()
      ->check(not_empty())
      ->type_name("");
  add_format(command, doctor_.format);
}

void CommandLine::add_recover() {
  CLI::App* const command = app_.add_subcommand(
      "recover", "Write what can be saved of a log to a new one; the old one stays");
  add_path(command, recover_.path, "Log to recover");
  command
      ->add_option("-o,--output", recover_.out_path,
                   "The new log, which must not exist; what is no\nentry goes to OUT.quarantine")
      ->required()
      ->check(not_empty())
      ->type_name("OUT");
}

// CLI11 says of an unknown command that one is required.
std::string CommandLine::explanation(const CLI::ParseError& error) {
  if (!app_.get_subcommands().empty()) return error.what();
  const std::vector<std::string> rest = app_.remaining();
  const std::string expected =
      "expected a command: info, cat, tail, count, stats, doctor or recover";
  return rest.empty() ? expected : expected + "; got '" + rest.front() + "'";
}

ExitCode CommandLine::wrong_usage(const CLI::ParseError& error) {
  complain(explanation(error));
  std::string help = "logslice";
  for (const CLI::App* command : app_.get_subcommands()) help += " " + command->get_name();
  complain("see `" + help + " --help`");
  return ExitCode::kUsage;
}

ExitCode CommandLine::run(int argc, char** argv, Output& out) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForVersion&) {
    out.write(app_.version() + "\n");
    return ExitCode::kFine;
  } catch (const CLI::ParseError& error) {
    // --help comes as one, too.
    if (error.get_exit_code() != 0) return wrong_usage(error);
    out.write(app_.help());
    return ExitCode::kFine;
  }
  if (app_.got_subcommand("info")) return run_info(info_, out);
  if (app_.got_subcommand("cat")) return run_cat(cat_, out);
  if (app_.got_subcommand("tail")) return run_tail(tail_, out);
  if (app_.got_subcommand("stats")) return run_stats(stats_, out);
  if (app_.got_subcommand("doctor")) return run_doctor(doctor_, out);
  if (app_.got_subcommand("recover")) return run_recover(recover_, out);
  return run_count(count_, out);
}

}  // namespace

}  // namespace logslice::command

int main(int argc, char** argv) {
  using logslice::command::ExitCode;
  // A reader that goes away shows as EPIPE, which Output knows to be no failure.
  signal(SIGPIPE, SIG_IGN);
  logslice::command::Output out(STDOUT_FILENO);
  ExitCode code = ExitCode::kFailed;
  try {
    logslice::command::CommandLine command_line(out.default_format());
    code = command_line.run(argc, argv, out);
  } catch (const std::exception& error) {
    logslice::command::complain(error.what());
  }
  return static_cast<int>(out.finish(code));
}
