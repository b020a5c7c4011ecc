// Logs that other programs wrote: read as structs, counted, gone on with. specs/foreign-logs.md.
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/extra_members.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {

// What an audit log in Python looks like from here.
struct Audit {
  std::string ts;
  std::string event;
  std::optional<double> cost;
  ExtraMembers extra;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Audit> {
  static constexpr std::string_view id = "test:Audit";
};

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPath = "/log.jsonl";

absl::Time at_second(double second) {
  return absl::FromUnixSeconds(1'736'937'000) + absl::Seconds(second);  // 2025-01-15T10:30:00Z
}

// A line as another program writes it.
std::string foreign(const std::string& event, const std::string& ts) {
  return "{\"ts\": \"" + ts + "\", \"event\": \"" + event + "\"}\n";
}

// A line of ours.
std::string ours(int64_t seq, const std::string& event, const std::string& second) {
  return "{\"__type__\":\"test:Audit\",\"ts\":\"2001-01-01T00:00:00Z\",\"event\":\"" + event +
         "\",\"cost\":null,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:30:" + second + ".000000+00:00\"}\n";
}

struct Seen {
  int64_t seq;
  std::string event;
  friend bool operator==(const Seen&, const Seen&) = default;
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << seen.seq << ":" << seen.event;
  }
};

class ForeignLogTest : public ::testing::Test {
 protected:
  void write(const std::string& content) { fs_.set_content(kPath, content); }

  ScanOptions with_disk(ScanOptions options) {
    options.untyped_as_entry = true;
    options.file_system = &fs_;
    return options;
  }

  std::vector<Seen> scan(const ScanOptions& options = {}) {
    std::vector<Seen> seen;
    times_.clear();
    absl::StatusOr<LogScan<Audit>> scan = scan_log<Audit>(kPath, with_disk(options));
    if (!scan.ok()) return {{-1, text_of(scan.status())}};
    for (auto it = scan->begin(); it != scan->end(); ++it) {
      seen.push_back({it.seq(), it->event});
      times_.push_back(it.ts());
    }
    status_ = scan->status();
    stats_ = scan->stats();
    return seen;
  }

  std::vector<Seen> scan_by_line(LineScanOptions options = {}) {
    options.scan = with_disk(options.scan);
    std::vector<Seen> seen;
    times_.clear();
    absl::StatusOr<LogLines> lines = scan_lines(kPath, options);
    if (!lines.ok()) return {{-1, text_of(lines.status())}};
    while (lines->next()) {
      const std::string text(lines->line().text);
      const size_t event = text.find("\"event\"");
      const size_t begin = event == std::string::npos ? 0 : text.find('"', event + 8) + 1;
      seen.push_back({lines->line().seq, text.substr(begin, text.find('"', begin) - begin)});
      times_.push_back(lines->line().ts);
    }
    return seen;
  }

  std::vector<std::string> last(int64_t count, const ScanOptions& options = {}) {
    std::vector<std::string> events;
    absl::StatusOr<std::vector<Audit>> entries =
        last_entries<Audit>(kPath, count, with_disk(options));
    if (!entries.ok()) return {text_of(entries.status())};
    for (const Audit& entry : *entries) events.push_back(entry.event);
    return events;
  }

  FakeFileSystem fs_;
  FakeClock clock_;
  absl::Status status_;
  ScanStats stats_;
  std::vector<std::optional<absl::Time>> times_;
};

// ---- Lines without a type -----------------------------------------------------------------------

TEST_F(ForeignLogTest, LinesWithoutATypeAreEntriesWhereTheCallerSaysSo) {
  write(foreign("nav", "2025-01-15T10:30:00.000Z") + ours(2, "ours", "01") +
        "{\"__type__\":\"test:Other\",\"event\":\"other\"}\n");
  EXPECT_THAT(scan(), ElementsAre(Seen{0, "nav"}, Seen{2, "ours"}));
  EXPECT_EQ(stats_.other_type_count, 1);
  EXPECT_THAT(last(5), ElementsAre("nav", "ours"));
  EXPECT_EQ(count_log_entries<Audit>(kPath, with_disk({})).value(), 2);
}

TEST_F(ForeignLogTest, LinesWithoutATypeAreOfAnotherTypeOtherwise) {
  write(foreign("nav", "2025-01-15T10:30:00.000Z") + ours(2, "ours", "01"));
  const ScanOptions options{.file_system = &fs_};
  EXPECT_EQ(count_log_entries<Audit>(kPath, options).value(), 1);
  EXPECT_EQ(count_log_entries<Audit>(kPath, fs_).value(), 1);
  EXPECT_EQ(last_entries<Audit>(kPath, 5, options)->size(), 1u);
}

TEST_F(ForeignLogTest, StrictTakesThemAndEndsAtADamagedOne) {
  write(foreign("nav", "2025-01-15T10:30:00.000Z") + "oops\n");
  EXPECT_THAT(scan({.strict = true}), ElementsAre(Seen{0, "nav"}));
  EXPECT_THAT(text_of(status_), HasSubstr("/log.jsonl, line 2, byte 51"));
}

TEST_F(ForeignLogTest, LinesOfATypeIncludeThoseWithoutOne) {
  write(foreign("nav", "2025-01-15T10:30:00.000Z") + ours(2, "ours", "01") +
        "{\"__type__\":\"test:Other\",\"event\":\"other\"}\n");
  EXPECT_THAT(scan_by_line({.type = "test:Audit"}), ElementsAre(Seen{0, "nav"}, Seen{2, "ours"}));
}

// ---- Another time member ------------------------------------------------------------------------

TEST_F(ForeignLogTest, AnotherMemberIsTheTimeOfALine) {
  write(foreign("a", "2025-01-15T10:30:00.500Z") + foreign("b", "2025-01-15T12:30:01+02:00") +
        foreign("c", "2025-01-15 10:30:02.250000+00:00"));
  EXPECT_THAT(scan({.time_member = "ts"}), ElementsAre(Seen{0, "a"}, Seen{0, "b"}, Seen{0, "c"}));
  EXPECT_THAT(times_, ElementsAre(at_second(0.5), at_second(1), at_second(2.25)));
  EXPECT_THAT(scan_by_line({.scan = {.time_member = "ts"}}),
              ElementsAre(Seen{0, "a"}, Seen{0, "b"}, Seen{0, "c"}));
  EXPECT_THAT(times_, ElementsAre(at_second(0.5), at_second(1), at_second(2.25)));
}

TEST_F(ForeignLogTest, NumberIsSecondsSince1970) {
  write(
      "{\"t\":1736937001,\"event\":\"a\"}\n{\"t\":1736937002.25,\"event\":\"b\"}\n"
      "{\"t\":1736937003000,\"event\":\"milliseconds\"}\n{\"t\":-1e999,\"event\":\"c\"}\n");
  EXPECT_EQ(scan({.time_member = "t"}).size(), 4u);
  EXPECT_THAT(times_, ElementsAre(at_second(1), at_second(2.25), std::nullopt, std::nullopt));
  EXPECT_EQ(scan_by_line({.scan = {.time_member = "t"}}).size(), 4u);
  EXPECT_THAT(times_, ElementsAre(at_second(1), at_second(2.25), std::nullopt, std::nullopt));
}

TEST_F(ForeignLogTest, SinceAndUntilCompareTheTimeMemberAndOurOwnTimes) {
  write(foreign("a", "2025-01-15T10:30:00.999Z") + foreign("b", "2025-01-15T10:30:01Z") +
        foreign("none", "yesterday") + ours(4, "c", "02") + ours(5, "d", "03"));
  const ScanOptions from_b_to_c{.since = at_second(1), .until = at_second(3), .time_member = "ts"};
  EXPECT_THAT(scan(from_b_to_c), ElementsAre(Seen{0, "b"}, Seen{4, "c"}));
  EXPECT_EQ(stats_.filtered_count, 3);
  EXPECT_THAT(scan_by_line({.scan = from_b_to_c}), ElementsAre(Seen{0, "b"}, Seen{4, "c"}));
  EXPECT_THAT(last(9, from_b_to_c), ElementsAre("b", "c"));
  EXPECT_THAT(last(1, from_b_to_c), ElementsAre("c"));
  EXPECT_EQ(count_log_entries<Audit>(kPath, with_disk(from_b_to_c)).value(), 2);
}

TEST_F(ForeignLogTest, WithoutATimeMemberForeignLinesPassNoTimeFilter) {
  write(foreign("a", "2025-01-15T10:30:01Z") + ours(2, "b", "01"));
  EXPECT_THAT(scan({.since = at_second(0)}), ElementsAre(Seen{2, "b"}));
}

TEST_F(ForeignLogTest, TimeMemberIsFoundByItsNameAtTheTopLevel) {
  write(
      "{\"x\":{\"when\":1736937009},\"\\u0077hen\":1736937001,\"event\":\"a\"}\n"
      "{\"x\":{\"when\":1736937009},\"event\":\"b\"}\n");
  scan({.time_member = "when"});
  EXPECT_THAT(times_, ElementsAre(at_second(1), std::nullopt));
  scan_by_line({.scan = {.time_member = "when"}});
  EXPECT_THAT(times_, ElementsAre(at_second(1), std::nullopt));
}

// ---- Numbers by line ----------------------------------------------------------------------------

constexpr UnnumberedLines kCountOn = UnnumberedLines::kCountOn;

TEST_F(ForeignLogTest, LinesAreNumberedByTheirPlaceBlankOnesLeftOut) {
  write(
      "{\"event\":\"a\"}\n\n \r\n{\"event\":\"b\"}\ndamaged\n{\"event\":\"c\"}\n{\"event\":\"torn");
  EXPECT_THAT(scan({.unnumbered = kCountOn}),
              ElementsAre(Seen{1, "a"}, Seen{2, "b"}, Seen{4, "c"}));
  EXPECT_THAT(scan_by_line({.scan = {.unnumbered = kCountOn}}),
              ElementsAre(Seen{1, "a"}, Seen{2, "b"}, Seen{0, "damaged"}, Seen{4, "c"}));
}

TEST_F(ForeignLogTest, NumbersGoOnBehindOurOwnAndThoseOfOtherTypes) {
  write("{\"event\":\"a\"}\n" + ours(2, "b", "01") + "{\"event\":\"c\"}\n" +
        "{\"__type__\":\"test:Other\"}\n{\"event\":\"d\"}\n" + ours(9, "e", "02") +
        "{\"event\":\"f\"}\n");
  const std::vector<Seen> all = {{1, "a"}, {2, "b"}, {3, "c"}, {5, "d"}, {9, "e"}, {10, "f"}};
  EXPECT_EQ(scan({.unnumbered = kCountOn}), all);
  EXPECT_EQ(scan_by_line({.scan = {.unnumbered = kCountOn}, .type = "test:Audit"}), all);
}

TEST_F(ForeignLogTest, LineThatIsTooLongHasANumber) {
  write("{\"event\":\"a\"}\n{\"x\":\"" + std::string(500, 'x') + "\"}\n{\"event\":\"b\"}\n");
  EXPECT_THAT(scan({.unnumbered = kCountOn, .line_bytes_max = 64}),
              ElementsAre(Seen{1, "a"}, Seen{3, "b"}));
  EXPECT_EQ(scan_by_line({.scan = {.unnumbered = kCountOn, .line_bytes_max = 64}}).back(),
            (Seen{3, "b"}));
}

TEST_F(ForeignLogTest, SeqRangeIsOfNumbersByLine) {
  std::string content;
  for (int i = 1; i <= 9; ++i) {
    content += i == 4 ? ours(4, "e4", "00") : "{\"event\":\"e" + std::to_string(i) + "\"}\n";
  }
  write(content);
  const ScanOptions range{.start_seq = 3, .end_seq = 6, .unnumbered = kCountOn};
  EXPECT_THAT(scan(range), ElementsAre(Seen{3, "e3"}, Seen{4, "e4"}, Seen{5, "e5"}));
  EXPECT_THAT(scan_by_line({.scan = range}),
              ElementsAre(Seen{3, "e3"}, Seen{4, "e4"}, Seen{5, "e5"}));
  EXPECT_THAT(last(2, range), ElementsAre("e4", "e5"));
  EXPECT_THAT(last(9, range), ElementsAre("e3", "e4", "e5"));
  EXPECT_THAT(last(0, range), IsEmpty());
  EXPECT_EQ(count_log_entries<Audit>(kPath, with_disk(range)).value(), 3);
  // Without numbers they pass no filter that asks for one.
  EXPECT_THAT(scan({.start_seq = 3, .end_seq = 6}), ElementsAre(Seen{4, "e4"}));
}

TEST_F(ForeignLogTest, LastEntriesOfCountedLinesReadsBackwardWhereNoNumberIsAskedFor) {
  std::string content;
  for (int i = 1; i <= 50'000; ++i) content += "{\"event\":\"e" + std::to_string(i) + "\"}\n";
  write(content);
  fs_.forget_calls();
  EXPECT_THAT(last(2, {.unnumbered = kCountOn}), ElementsAre("e49999", "e50000"));
  const std::vector<std::string> calls = fs_.calls();
  EXPECT_LE(std::count(calls.begin(), calls.end(), "read_at /log.jsonl"), 2);
}

TEST_F(ForeignLogTest, NegativeCountIsNamedWithNumbersToo) {
  write("{\"event\":\"a\"}\n");
  EXPECT_THAT(last(-1, {.start_seq = 1, .unnumbered = kCountOn}),
              ElementsAre(HasSubstr("count is -1")));
}

// ---- Members that the struct does not have ------------------------------------------------------

// What Python's json.dumps makes of it.
constexpr const char* kRichLine =
    R"({"ts": "2025-01-15T10:30:00.123Z", "event": "brief", "cost": 0.0125, "big": 1e400, )"
    R"("nested": {"a": [1, 2.50, null], "\u00e9": "\ud800"}, "gr\u00fc\u00dfe": "caf\u00e9 \u2603", )"
    R"("twice": 1, "twice": 2, "empty": "", "zero": -0.0, "yes": true})";

class ExtraMembersTest : public ForeignLogTest {
 protected:
  std::vector<Audit> read(const std::string& path) {
    std::vector<Audit> entries;
    absl::StatusOr<LogScan<Audit>> scan =
        scan_log<Audit>(path, {.strict = true, .untyped_as_entry = true, .file_system = &fs_});
    if (!scan.ok()) return entries;
    for (Audit& entry : *scan) entries.push_back(std::move(entry));
    EXPECT_TRUE(scan->status().ok()) << scan->status();
    return entries;
  }

  // Appends to the log at `path`, as a session does.
  void append(const std::string& path, const std::vector<Audit>& entries) {
    LogPersistenceConfig config{.path = path, .adopt_foreign = true};
    auto writer = PersistentLogWriter::open(
        config, {.clock = &clock_, .file_system = &fs_, .diagnostics = [](const Diagnostic&) {}});
    ASSERT_TRUE(writer.ok()) << writer.status();
    const int type = (*writer)->register_type(internal::type_table<Audit>());
    for (const Audit& entry : entries) {
      const absl::StatusOr<int64_t> seq = (*writer)->accept(type, &entry);
      ASSERT_TRUE(seq.ok());
      ASSERT_TRUE((*writer)->write_through(*seq).ok());
    }
    EXPECT_TRUE((*writer)->close().ok());
  }
};

TEST_F(ExtraMembersTest, AreReadAndKeptAsTheyStand) {
  write(std::string(kRichLine) + "\n");
  const std::vector<Audit> entries = read(kPath);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].event, "brief");
  EXPECT_EQ(entries[0].cost, 0.0125);
  std::vector<std::pair<std::string, std::string>> extra;
  for (const auto& [name, json] : entries[0].extra.members) extra.emplace_back(name, json.text());
  EXPECT_THAT(extra,
              ElementsAre(std::pair("big", "1e400"),
                          std::pair("nested", R"({"a": [1, 2.50, null], "\u00e9": "\ud800"})"),
                          std::pair("grüße", R"("caf\u00e9 \u2603")"), std::pair("twice", "1"),
                          std::pair("twice", "2"), std::pair("empty", R"("")"),
                          std::pair("zero", "-0.0"), std::pair("yes", "true")));
}

TEST_F(ExtraMembersTest, GoThroughOurLogAndComeBackTheSame) {
  write(std::string(kRichLine) + "\n" + foreign("nav", "2025-01-15T10:30:01Z"));
  const std::vector<Audit> theirs = read(kPath);
  append("/ours.jsonl", theirs);
  const std::vector<Audit> ours = read("/ours.jsonl");
  ASSERT_EQ(ours.size(), 2u);
  EXPECT_EQ(ours[0].extra, theirs[0].extra);
  EXPECT_EQ(ours[1].extra, theirs[1].extra);
  // Once more, and the lines are the same byte for byte.
  append("/again.jsonl", ours);
  EXPECT_EQ(fs_.content("/again.jsonl"), fs_.content("/ours.jsonl"));
  EXPECT_THAT(fs_.content("/ours.jsonl"),
              HasSubstr(R"("big":1e400,"nested":{"a": [1, 2.50, null], "\u00e9": "\ud800"},)"
                        R"("grüße":"caf\u00e9 \u2603","twice":1,"twice":2,"empty":"",)"
                        R"("zero":-0.0,"yes":true,"__seq__":1,)"));
}

TEST_F(ExtraMembersTest, WithReservedNamesAreNotKept) {
  write(R"({"event":"a","__version__":3,"x":1})"
        "\n");
  const std::vector<Audit> entries = read(kPath);
  ASSERT_EQ(entries.size(), 1u);
  ASSERT_EQ(entries[0].extra.members.size(), 1u);
  EXPECT_EQ(entries[0].extra.members[0].first, "x");
}

// ---- Going on in such a file --------------------------------------------------------------------

using AdoptionTest = ExtraMembersTest;

TEST_F(AdoptionTest, LinesOfBothProgramsAreOneSequence) {
  const std::string before =
      foreign("a", "2025-01-15T10:30:00Z") + "\n" + foreign("b", "2025-01-15T10:30:01Z") + "oops\n";
  write(before);
  append(kPath, {Audit{.ts = "x", .event = "ours"}});
  EXPECT_TRUE(fs_.content(kPath).starts_with(before));
  EXPECT_THAT(scan({.time_member = "ts", .unnumbered = kCountOn}),
              ElementsAre(Seen{1, "a"}, Seen{2, "b"}, Seen{4, "ours"}));
  EXPECT_THAT(times_, ElementsAre(at_second(0), at_second(1), clock_.now()));
  // The old program goes on, and then we do.
  write(fs_.content(kPath) + foreign("c", "2025-01-15T10:30:02Z"));
  append(kPath, {Audit{.event = "ours again"}});
  EXPECT_THAT(scan({.unnumbered = kCountOn}),
              ElementsAre(Seen{1, "a"}, Seen{2, "b"}, Seen{4, "ours"}, Seen{5, "c"},
                          Seen{6, "ours again"}));
}

TEST_F(AdoptionTest, LineThatWeWriteIsPlainJsonWithTheMembersOfBefore) {
  write(foreign("a", "2025-01-15T10:30:00Z"));
  append(kPath, {Audit{.ts = "2025-01-15T10:30:01.000Z", .event = "ours"}});
  const std::string content = fs_.content(kPath);
  const std::string line = content.substr(content.find('\n') + 1);
  ASSERT_TRUE(line.ends_with('\n'));
  EXPECT_TRUE(JsonValue::parse(line).ok());
  EXPECT_THAT(line, HasSubstr(R"("ts":"2025-01-15T10:30:01.000Z","event":"ours")"));
}

TEST_F(AdoptionTest, NumbersGoOnBehindSealedSegments) {
  fs_.set_content("/log.00000000000000000001-00000000000000000007.jsonl", ours(7, "sealed", "00"));
  write("{\"event\":\"a\"}\n{\"event\":\"b\"}\n");
  append(kPath, {Audit{.event = "ours"}});
  EXPECT_THAT(scan({.unnumbered = kCountOn}),
              ElementsAre(Seen{7, "sealed"}, Seen{8, "a"}, Seen{9, "b"}, Seen{10, "ours"}));
}

TEST_F(AdoptionTest, TornLastLineOfTheOtherProgramIsMovedAside) {
  write("{\"event\":\"a\"}\n{\"event\":\"to");
  append(kPath, {Audit{.event = "ours"}});
  EXPECT_THAT(scan({.unnumbered = kCountOn}), ElementsAre(Seen{1, "a"}, Seen{2, "ours"}));
  EXPECT_THAT(fs_.content("/log.jsonl.torn"), HasSubstr("{\"event\":\"to"));
}

TEST_F(AdoptionTest, CountedLinesAreFoundFromTheStartThoughTheLogHasASidecar) {
  // A place that is found lies on our last line for some of these.
  for (int ours_count = 100; ours_count < 200; ours_count += 7) {
    std::string content;
    for (int i = 1; i <= ours_count; ++i) content += ours(i, "e", "00");
    for (int i = 1; i <= 400; ++i) content += foreign("theirs", "2025-01-15T10:30:00Z");
    write(content);
    append(kPath, {Audit{.event = "ours"}});
    ASSERT_TRUE(fs_.exists("/log.jsonl.lock"));
    ASSERT_THAT(scan({.start_seq = ours_count + 400, .unnumbered = kCountOn}),
                ElementsAre(Seen{ours_count + 400, "theirs"}, Seen{ours_count + 401, "ours"}));
    fs_.remove("/log.jsonl.lock");
  }
}

TEST_F(AdoptionTest, ForeignTimesThatGoBackEndNoScanThoughTheLogHasASidecar) {
  write(foreign("late", "2025-01-15T10:31:08Z") + foreign("later", "2025-01-15T10:31:09Z") +
        foreign("early", "2025-01-15T10:30:00Z"));
  append(kPath, {Audit{.event = "ours"}});
  ASSERT_TRUE(fs_.exists("/log.jsonl.lock"));
  EXPECT_THAT(scan({.until = at_second(60), .time_member = "ts"}),
              ElementsAre(Seen{0, "early"}, Seen{4, "ours"}));
}

// ---- Archives that the other program made -------------------------------------------------------

constexpr const char* kOlder = "/log_20250115_090000.jsonl.gz";
constexpr const char* kNewer = "/log_20250115_100000.jsonl.gz";

class ForeignArchiveTest : public ExtraMembersTest {
 protected:
  void archive(const std::string& path, const std::string& text) {
    fs_.set_content(path, foreign_archive_of(text));
  }
};

TEST_F(ForeignArchiveTest, LinesAreCountedThroughThem) {
  archive(kNewer, "{\"event\":\"c\"}\n{\"event\":\"d\"}\n");
  archive(kOlder, "{\"event\":\"a\"}\n\n{\"event\":\"b\"}\n");
  write("{\"event\":\"e\"}\n{\"event\":\"f\"}\n");
  const std::vector<Seen> all = {{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}, {5, "e"}, {6, "f"}};
  EXPECT_EQ(scan({.unnumbered = kCountOn}), all);
  EXPECT_EQ(scan_by_line({.scan = {.unnumbered = kCountOn}}), all);
  EXPECT_THAT(last(3), ElementsAre("d", "e", "f"));
  EXPECT_THAT(last(2, {.end_seq = 4, .unnumbered = kCountOn}), ElementsAre("b", "c"));
  EXPECT_EQ(count_log_entries<Audit>(kPath, with_disk({})).value(), 6);
}

TEST_F(ForeignArchiveTest, AWriterGoesOnBehindTheirLines) {
  archive(kOlder, "{\"event\":\"a\"}\n{\"event\":\"b\"}\n");
  write("{\"event\":\"c\"}\n");
  append(kPath, {Audit{.event = "ours"}});
  const std::vector<Seen> all = {{1, "a"}, {2, "b"}, {3, "c"}, {4, "ours"}};
  EXPECT_EQ(scan({.unnumbered = kCountOn}), all);
  // Once the file states a number, its end tells.
  fs_.forget_calls();
  append(kPath, {Audit{.event = "again"}});
  EXPECT_EQ(scan({.unnumbered = kCountOn}).back(), (Seen{5, "again"}));
}

TEST_F(ForeignArchiveTest, AWriterGoesOnBehindThemWhereTheFileIsNotThereYet) {
  archive(kOlder, "{\"event\":\"a\"}\n{\"event\":\"b\"}\n");
  append(kPath, {Audit{.event = "ours"}});
  EXPECT_THAT(scan({.unnumbered = kCountOn}),
              ElementsAre(Seen{1, "a"}, Seen{2, "b"}, Seen{3, "ours"}));
}

TEST_F(ForeignArchiveTest, OurLinesMayBeInThemToo) {
  write("{\"event\":\"a\"}\n");
  append(kPath, {Audit{.event = "ours"}});
  // The other program writes on, archives the file, and begins a new one.
  archive(kOlder, fs_.content(kPath) + "{\"event\":\"b\"}\n");
  fs_.set_content(kPath, "{\"event\":\"c\"}\n");
  append(kPath, {Audit{.event = "again"}});
  EXPECT_THAT(
      scan({.unnumbered = kCountOn}),
      ElementsAre(Seen{1, "a"}, Seen{2, "ours"}, Seen{3, "b"}, Seen{4, "c"}, Seen{5, "again"}));
}

TEST_F(ForeignArchiveTest, AreNotGoneOnWithUnlessTheCallerSaysSo) {
  archive(kOlder, "{\"event\":\"a\"}\n");
  TestLog log(fs_, clock_);
  const absl::Status status = log.open();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(text_of(status), HasSubstr("/log_20250115_090000.jsonl.gz is an archive"));
  EXPECT_THAT(text_of(status), HasSubstr("adopt_foreign"));
}

TEST_F(ForeignArchiveTest, AreInNobodysWayBesideALogOfOurs) {
  append(kPath, {Audit{.event = "ours"}});
  fs_.remove(kPath);
  archive(kOlder, "{\"event\":\"a\"}\n");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("x"), 2);
}

}  // namespace
}  // namespace logslice::testing
