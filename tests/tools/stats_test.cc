#include <fstream>
#include <sstream>

#include "command_fixture.h"
#include "safe_text.h"

namespace logslice::command {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class StatsTest : public CommandTest {
 protected:
  // Two models over two hours, one line without a cost, one with a word for it.
  std::string audit() const {
    return make_file(
        "audit.jsonl",
        entry(1, "m:Call", "\"model\":\"small\",\"cost\":0.1,\"ok\":true") +
            entry(2, "m:Call", "\"model\":\"large\",\"cost\":0.25,\"ok\":false") +
            entry(3, "m:Note", "\"text\":\"x\"") +
            at_eleven(entry(5, "m:Call", "\"model\":\"small\",\"cost\":0.2,\"ok\":true")) +
            at_eleven(entry(6, "m:Call", "\"model\":\"small\",\"cost\":\"free\",\"ok\":true")));
  }

  // An hour later.
  static std::string at_eleven(std::string line) {
    return line.replace(line.find("T10:"), 4, "T11:");
  }

  static RunResult on_terminal(std::vector<std::string> arguments) {
    return run(std::move(arguments), {.standard_output = Stdout::kTerminal});
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_F(StatsTest, ATerminalGetsATable) {
  const RunResult result = on_terminal({"stats", audit(), "--by", "hour", "--sum", "/cost"});
  EXPECT_EQ(result.out,
            "                             sum\n"
            "hour (UTC)        entries  /cost\n"
            "2025-01-15T10:00        3   0.35\n"
            "2025-01-15T11:00        2   0.20\n"
            "(all)                   5   0.55\n"
            "/cost: a number in 3 of 5 entries, missing in 1, something else in 1\n");
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(StatsTest, APipeGetsOneObjectPerRow) {
  const RunResult result =
      run({"stats", audit(), "--by", "/model", "--quantiles", "/cost", "--type", "m:Call"});
  EXPECT_EQ(
      result.out,
      "{\"row\":\"group\",\"by\":{\"/model\":\"large\"},\"entry_count\":1,\"members\":{\"/cost\":{"
      "\"number_count\":1,\"not_number_count\":0,\"missing_count\":0,\"true_count\":0,"
      "\"false_count\":0,\"sum\":0.25,\"mean\":0.25,\"minimum\":0.25,\"maximum\":0.25,"
      "\"quantiles\":{\"0.5\":0.25,\"0.9\":0.25,\"0.99\":0.25},\"quantile_error\":0,"
      "\"ratio\":null}}}\n"
      "{\"row\":\"group\",\"by\":{\"/model\":\"small\"},\"entry_count\":3,\"members\":{\"/cost\":{"
      "\"number_count\":2,\"not_number_count\":1,\"missing_count\":0,\"true_count\":0,"
      "\"false_count\":0,\"sum\":0.30000000000000004,\"mean\":0.15000000000000002,"
      "\"minimum\":0.1,\"maximum\":0.2,"
      "\"quantiles\":{\"0.5\":0.1,\"0.9\":0.2,\"0.99\":0.2},\"quantile_error\":0,"
      "\"ratio\":null}}}\n");
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(StatsTest, WithoutOptionsItCounts) {
  EXPECT_EQ(run({"stats", audit()}).out,
            "{\"row\":\"all\",\"by\":{},\"entry_count\":5,\"members\":{}}\n");
  EXPECT_EQ(on_terminal({"stats", audit()}).out, "entries\n      5\n");
}

TEST_F(StatsTest, GroupsInAPipeAreOfTheirJsonKind) {
  const std::string log =
      make_file("a.jsonl", "{\"k\":1.50}\n{\"k\":\"1.5\"}\n{\"k\":true}\n{\"k\":[1, 2]}\n{}\n" +
                               entry(5, "m:A", "\"k\":\"x\""));
  EXPECT_EQ(run({"stats", log, "--by", "/k", "--by", "type", "--by", "day"}).out,
            "{\"row\":\"group\",\"by\":{\"/k\":1.5,\"type\":null,\"day\":null},\"entry_count\":1,"
            "\"members\":{}}\n"
            "{\"row\":\"group\",\"by\":{\"/k\":\"1.5\",\"type\":null,\"day\":null},"
            "\"entry_count\":1,\"members\":{}}\n"
            "{\"row\":\"group\",\"by\":{\"/k\":\"x\",\"type\":\"m:A\","
            "\"day\":\"2025-01-15T00:00:00.000000+00:00\"},\"entry_count\":1,\"members\":{}}\n"
            "{\"row\":\"group\",\"by\":{\"/k\":[1,2],\"type\":null,\"day\":null},"
            "\"entry_count\":1,\"members\":{}}\n"
            "{\"row\":\"group\",\"by\":{\"/k\":true,\"type\":null,\"day\":null},"
            "\"entry_count\":1,\"members\":{}}\n"
            "{\"row\":\"group\",\"by\":{\"/k\":null,\"type\":null,\"day\":null},"
            "\"entry_count\":1,\"members\":{}}\n");
}

TEST_F(StatsTest, GroupsInATableAreToldApartToo) {
  const std::string log = make_file(
      "a.jsonl",
      "{\"k\":1}\n{\"k\":\"1\"}\n{\"k\":\"\"}\n{\"k\":\"(none)\"}\n{\"k\":\"a b\"}\n{}\n");
  EXPECT_EQ(on_terminal({"stats", log, "--by", "/k"}).out,
            "/k        entries\n"
            "1               1\n"
            "\"\"              1\n"
            "\"(none)\"        1\n"
            "\"1\"             1\n"
            "a b             1\n"
            "(none)          1\n"
            "(all)           6\n");
}

TEST_F(StatsTest, OneGroupNeedsNoTotal) {
  EXPECT_EQ(on_terminal({"stats", audit(), "--by", "type", "--type", "m:Note"}).out,
            "type    entries\nm:Note        1\n");
}

TEST_F(StatsTest, AllOptionsGoTogether) {
  const RunResult result = on_terminal(
      {"stats", audit(), "--by", "/model", "--type", "m:Call", "--sum", "/cost", "--mean", "/cost",
       "--min", "/cost", "--max", "/cost", "--quantiles", "/cost", "--ratio", "/ok"});
  EXPECT_EQ(result.out,
            "                   sum    mean    min    max    p50    p90    p99     true\n"
            "/model  entries  /cost   /cost  /cost  /cost  /cost  /cost  /cost      /ok\n"
            "large         1   0.25  0.2500   0.25   0.25   0.25   0.25   0.25    0.00%\n"
            "small         3   0.30  0.1500   0.10   0.20   0.10   0.20   0.20  100.00%\n"
            "(all)         4   0.55  0.1833   0.10   0.25   0.20   0.25   0.25   75.00%\n"
            "/cost: a number in 3 of 4 entries, something else in 1\n");
}

TEST_F(StatsTest, AStepOfTimeMayBeAny) {
  const std::string log = audit();
  EXPECT_THAT(on_terminal({"stats", log, "--by", "15m"}).out,
              HasSubstr("15m (UTC)         entries\n2025-01-15T10:00        3\n"
                        "2025-01-15T11:00        2\n"));
  EXPECT_THAT(on_terminal({"stats", log, "--by", "1s"}).out, HasSubstr("2025-01-15T10:00:02  "));
  EXPECT_THAT(on_terminal({"stats", log, "--by", "minute"}).out, HasSubstr("T11:00        2\n"));
  EXPECT_EQ(on_terminal({"stats", log, "--by", "day"}).out,
            "day (UTC)   entries\n2025-01-15        5\n");
  EXPECT_EQ(on_terminal({"stats", log, "--by", "250ms", "--since", "2025-01-15T11:00:06"}).out,
            "250ms (UTC)          entries\n2025-01-15T11:00:06        1\n");
}

TEST_F(StatsTest, SinceAndUntilBoundIt) {
  const std::string log = audit();
  EXPECT_THAT(run({"stats", log, "--since", "2025-01-15T11:00"}).out,
              HasSubstr("\"entry_count\":2,"));
  EXPECT_THAT(run({"stats", log, "--since", "2025-01-15", "--until", "2025-01-15T10:00:03Z"}).out,
              HasSubstr("\"entry_count\":2,"));
}

TEST_F(StatsTest, TenThousandDimesAreAThousand) {
  std::string lines;
  for (int i = 0; i < 10000; ++i) lines += "{\"cost\":0.1}\n";
  const std::string log = make_file("a.jsonl", lines);
  EXPECT_THAT(run({"stats", log, "--sum", "/cost"}).out, HasSubstr("\"sum\":1000,"));
  EXPECT_EQ(on_terminal({"stats", log, "--sum", "/cost"}).out,
            "           sum\nentries  /cost\n  10000   1000\n");
}

TEST_F(StatsTest, QuantilesOfManyValuesSayHowExactTheyAre) {
  std::string lines;
  for (int i = 1; i <= 2000; ++i) lines += "{\"ms\":" + std::to_string(i) + "}\n";
  const std::string log = make_file("a.jsonl", lines);
  EXPECT_THAT(on_terminal({"stats", log, "--quantiles", "/ms"}).out,
              HasSubstr("\n/ms: quantiles of many values within 1%\n"));
  EXPECT_THAT(run({"stats", log, "--quantiles", "/ms"}).out, HasSubstr("\"quantile_error\":0.01"));
}

TEST_F(StatsTest, NumbersBeyondADoubleAreNullAndAreNotCut) {
  const std::string log =
      make_file("a.jsonl", "{\"n\":1.5e308}\n{\"n\":1.5e308}\n{\"n\":0.000001234}\n");
  EXPECT_THAT(run({"stats", log, "--sum", "/n"}).out,
              HasSubstr("\"sum\":null,\"mean\":1e+308,\"minimum\":1.234e-06,"));
  EXPECT_EQ(on_terminal({"stats", log, "--sum", "/n", "--min", "/n", "--max", "/n"}).out,
            "         sum        min       max\n"
            "entries   /n         /n        /n\n"
            "      3  inf  1.234e-06  1.5e+308\n");
}

TEST_F(StatsTest, ATableFitsTheTerminalAndKeepsItsNumbers) {
  const std::string pointer = "/usage/details/completion_tokens_without_reasoning";
  std::string lines;
  for (int i = 1; i <= 3; ++i) {
    const std::string many(60, static_cast<char>('a' + i));
    lines +=
        entry(i, "some.package.with.many.parts:EventOfKind" + std::to_string(i),
              "\"model\":\"" + many + "\u8a9e\u8a9e\",\"usage\":{\"details\":{" +
                  "\"completion_tokens_without_reasoning\":" + std::to_string(i) + "123456789}}");
  }
  const std::string log = make_file("a.jsonl", lines);
  const RunResult result = on_terminal({"stats", log, "--by", "type", "--by", "/model", "--sum",
                                        pointer, "--max", pointer, "--mean", pointer});
  for (const std::string& line : lines_of(result.out)) EXPECT_LE(columns_of(line), 80) << line;
  EXPECT_THAT(result.out, HasSubstr("1123456789"));
  EXPECT_THAT(result.out, HasSubstr("6370370367"));
  // Of a type the end is what tells it from others; of a value the beginning.
  EXPECT_THAT(result.out, HasSubstr("\n\u2026ventOfKind1  bbbbbbbbbbb\u2026 "));
  EXPECT_THAT(result.out, HasSubstr("\u2026ut_reasoning\n"));
  // In a pipe nothing is cut.
  const RunResult piped = run({"stats", log, "--by", "type", "-o", "text"});
  EXPECT_THAT(piped.out, HasSubstr("some.package.with.many.parts:EventOfKind1        1\n"));
}

TEST_F(StatsTest, NothingFromTheLogActsOnATerminal) {
  const std::string log =
      make_file("a.jsonl", "{\"\\u001b[31m\":1,\"k\":\"\\u001b]0;x\\u0007\\n\"}\n");
  const RunResult result = on_terminal({"stats", log, "--by", "/k", "--sum", "/\x1B[31m"});
  EXPECT_THAT(result.out, HasSubstr("\\u001b]0;x\\u0007\\u000a"));
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("\x1B")));
}

// ---- Mistakes

TEST_F(StatsTest, APointerWithoutASlashIsTold) {
  const RunResult result = run({"stats", audit(), "--sum", "cost"});
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, StartsWith("logslice: --sum: expected a JSON pointer, which begins with "
                                     "a slash: did you mean /cost? Got 'cost'\n"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(run({"stats", audit(), "--ratio", ".usage.ok"}).err,
              HasSubstr("did you mean /usage/ok?"));
  EXPECT_EQ(run({"stats", audit(), "--by", "/a~2"}).exit_code, 2);
  EXPECT_EQ(run({"stats", audit(), "--mean", ""}).exit_code, 2);
}

TEST_F(StatsTest, AnUnknownGroupIsToldWithWhatThereIs) {
  for (const std::string by : {"week", "cost", "0s", "-5m", "inf", ""}) {
    const RunResult result = run({"stats", audit(), "--by", by});
    EXPECT_THAT(result.err,
                StartsWith("logslice: --by: expected type, minute, hour, day, a step of "
                           "time such as 15m, or a member as a JSON pointer such as "
                           "/model; got '" +
                           by + "'\n"));
    EXPECT_EQ(result.exit_code, 2);
  }
  EXPECT_THAT(run({"stats", audit(), "--by", "hour", "--by", "hour"}).err,
              HasSubstr("--by: hour was given twice"));
}

TEST_F(StatsTest, AMemberThatNoEntryHasIsToldWithThoseThereAre) {
  const std::string log = audit();
  const RunResult near = run({"stats", log, "--sum", "/cots", "--mean", "/cots"});
  EXPECT_EQ(near.err,
            "logslice: " + log + ": no entry has a value at /cots; did you mean /cost?\n");
  EXPECT_THAT(near.out, HasSubstr("\"number_count\":0,\"not_number_count\":0,\"missing_count\":5"));
  EXPECT_EQ(near.exit_code, 0);
  EXPECT_EQ(run({"stats", log, "--by", "/x"}).err,
            "logslice: " + log +
                ": no entry has a value at /x; entries have /model, /cost, /ok, /text\n");
  EXPECT_THAT(run({"stats", log, "--sum", "/cost", "--type", "m:Note"}).err,
              HasSubstr("no entry has a value at /cost; entries have /text\n"));
}

TEST_F(StatsTest, AMemberThatLiesDeeperIsFound) {
  const std::string log = make_file("a.jsonl", "{\"usage\":{\"tokens\":1},\"a\":{}}\n");
  EXPECT_THAT(run({"stats", log, "--sum", "/tokens"}).err,
              HasSubstr("did you mean /usage/tokens?"));
}

TEST_F(StatsTest, AMemberThatIsNeverANumberIsTold) {
  const std::string log = audit();
  EXPECT_EQ(run({"stats", log, "--sum", "/model"}).err,
            "logslice: " + log +
                ": /model is never a number; --by /model counts the entries of each value\n");
  EXPECT_THAT(run({"stats", log, "--mean", "/ok"}).err,
              HasSubstr("/ok is never a number; --ratio /ok tells how often it is true"));
  EXPECT_THAT(run({"stats", log, "--ratio", "/cost"}).err,
              HasSubstr("/cost is never true or false"));
}

TEST_F(StatsTest, WhyThereIsNothingIsTold) {
  const std::string log = audit();
  EXPECT_EQ(run({"stats", log, "--type", "m:None"}).err,
            "logslice: " + log + ": no entry of type m:None; it has m:Call (4), m:Note (1)\n");
  EXPECT_EQ(run({"stats", log, "--since", "2026-01-01", "--by", "hour"}).err,
            "logslice: " + log +
                ": no entry at that time; the log's are of 2025-01-15T10:00:01.123456Z to "
                "2025-01-15T11:00:06.123456Z\n");
  const RunResult empty = run({"stats", make_file("empty", ""), "--by", "hour"});
  EXPECT_EQ(empty.err, "logslice: " + path("empty") + ": the log has no entries\n");
  EXPECT_THAT(empty.out, IsEmpty());
  EXPECT_EQ(empty.exit_code, 0);
  const RunResult none = run({"stats", path("none")});
  EXPECT_EQ(none.err, "logslice: there is no log at " + path("none") + "\n");
  EXPECT_EQ(none.exit_code, 1);
}

TEST_F(StatsTest, AnotherMemberMayBeTheTime) {
  const std::string log = make_file("a.jsonl",
                                    "{\"ts\":\"2025-01-15T10:59:59.999Z\",\"cost\":1}\n"
                                    "{\"ts\":\"2025-01-15T11:00:00.000Z\",\"cost\":2}\n");
  for (const std::string name : {"ts", "/ts"}) {
    EXPECT_EQ(on_terminal({"stats", log, "--time", name, "--by", "hour", "--sum", "/cost",
                           "--since", "2025-01-15T11:00"})
                  .out,
              "                             sum\n"
              "hour (UTC)        entries  /cost\n"
              "2025-01-15T11:00        1      2\n");
  }
  EXPECT_THAT(run({"stats", log, "--time", "ts", "--since", "2026-01-01"}).err,
              HasSubstr("the log's are of 2025-01-15T10:59:59.999000Z to 2025-01-15T11:00:00"));
  for (const std::string name : {"/a/ts", "", "/"}) {
    const RunResult wrong = run({"stats", log, "--time", name});
    EXPECT_THAT(wrong.err, HasSubstr("--time: expected the name of a member"));
    EXPECT_EQ(wrong.exit_code, 2);
  }
}

TEST_F(StatsTest, ALogWithoutTimesSaysSo) {
  const std::string log = make_file("a.jsonl", "{\"n\":1}\n");
  EXPECT_THAT(run({"stats", log, "--by", "hour"}).err,
              HasSubstr("no entry has a time in __ts__; --time says which member has it"));
  EXPECT_THAT(run({"stats", log, "--since", "2025-01-01", "--time", "n"}).err,
              Not(HasSubstr("no entry has a time")));  // a number of seconds is one
  EXPECT_THAT(run({"stats", log, "--since", "2025-01-01", "--time", "m"}).err,
              HasSubstr("no entry has a time in __ts__ or m\n"));
  EXPECT_THAT(run({"stats", log, "--by", "type"}).err, HasSubstr("no entry has a type"));
}

TEST_F(StatsTest, DamageIsToldAndExitsWith3) {
  const std::string log = make_file(
      "a.jsonl", entry(1, "m:A", "\"n\":1") + "{\"n\":\n" + entry(2, "m:A", "\"n\":2") + "{");
  const RunResult result = run({"stats", log, "--sum", "/n"});
  EXPECT_THAT(result.out, HasSubstr("\"entry_count\":2,"));
  EXPECT_THAT(result.out, HasSubstr("\"sum\":3,"));
  EXPECT_THAT(result.err, HasSubstr(log + ", line 2, byte "));
  EXPECT_THAT(result.err, HasSubstr("1 bytes after the last newline left out"));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(StatsTest, ManyGroupsAreBounded) {
  std::string lines;
  for (int i = 0; i < 10010; ++i) lines += "{\"k\":" + std::to_string(i) + "}\n";
  const std::string log = make_file("a.jsonl", lines);
  const RunResult result = run({"stats", log, "--by", "/k"});
  EXPECT_THAT(result.out, HasSubstr("{\"row\":\"other\",\"by\":{},\"entry_count\":10,"));
  EXPECT_THAT(result.err, HasSubstr("10 entries are in the row of others"));
  EXPECT_THAT(on_terminal({"stats", log, "--by", "/k", "--by", "type"}).out,
              HasSubstr("\n(other)               10\n(all)              10010\n"));
}

TEST_F(StatsTest, ALogCannotBeItsOwnOutput) {
  const std::string log = audit();
  const RunResult result =
      run({"stats", log}, {.standard_output = Stdout::kAppendToLog, .append_to = log});
  EXPECT_THAT(result.err, HasSubstr("the log is also the output"));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(StatsTest, RealAgentStepsAreCounted) {
  const std::string log = (std::filesystem::path(LOGSLICE_SOURCE_DIR).parent_path() / "shared" /
                           "data" / "tool_invocations.python_default.jsonl")
                              .string();
  if (!std::filesystem::exists(log)) GTEST_SKIP() << "no real logs here: there is no " << log;
  const RunResult result =
      run({"stats", log, "--by", "/adapter", "--ratio", "/result/success", "--mean", "/__seq__"});
  EXPECT_THAT(result.out, HasSubstr("\"entry_count\":174,"));
  EXPECT_THAT(result.out, HasSubstr("\"mean\":87.5,"));
  EXPECT_EQ(result.exit_code, 0);
}

}  // namespace
}  // namespace logslice::command
