#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "command_fixture.h"
#include "tests/support/sanitized.h"

namespace logslice::command {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RecoverTest : public CommandTest {
 protected:
  std::string out() const { return path("new.jsonl"); }
};

std::string entries(int64_t first_seq, int64_t last_seq) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += entry(seq, "m:A", "\"n\":1");
  return all;
}

TEST_F(RecoverTest, ASoundLogIsSavedWholeAndExitsWith0) {
  const std::string log = make_file("a.jsonl", entries(1, 3));
  const RunResult result = run({"recover", log, "-o", out()});
  EXPECT_EQ(read_file(out()), entries(1, 3));
  EXPECT_FALSE(std::filesystem::exists(out() + ".quarantine"));
  const std::string bytes = std::to_string(entries(1, 3).size());
  EXPECT_EQ(result.out,
            "{\"path\":\"" + log + "\",\"out\":\"" + out() +
                "\",\"quarantine\":null,\"input_bytes\":" + bytes +
                ",\"input_file_count\":1,\"saved_bytes\":" + bytes +
                ",\"saved_count\":3,\"quarantined_bytes\":0,\"quarantined_count\":0,"
                "\"duplicate_bytes\":0,\"duplicate_count\":0,\"blank_bytes\":0,\"blank_count\":0,"
                "\"first_seq\":1,\"last_seq\":3}\n");
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(RecoverTest, WhatCannotBeSavedIsCountedAndExitsWith3) {
  const std::string content = entries(1, 2) + "x\n\n" + entries(2, 3) + "torn";
  const std::string log = make_file("a.jsonl", content);
  const RunResult result =
      run({"recover", log, "-o", out()}, {.standard_output = Stdout::kTerminal});
  EXPECT_EQ(result.out, log +
                            "\n"
                            "  saved        243 bytes  3 entries\n"
                            "  quarantined    6 bytes  2 pieces\n"
                            "  duplicates    81 bytes  1 entry\n"
                            "  blank          1 byte   1 line\n"
                            "  all          331 bytes  1 file\n"
                            "  entries in  " +
                            out() + "\n  the rest in " + out() + ".quarantine\n");
  EXPECT_EQ(result.err, "logslice: " + log + ": 6 bytes could not be saved as entries; see " +
                            out() + ".quarantine\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(read_file(out()), entries(1, 3));
  EXPECT_EQ(read_file(log), content);
  const std::string first = "{\"quarantined_from\":\"" + log + "\",\"offset\":162,\"bytes\":2,";
  EXPECT_THAT(read_file(out() + ".quarantine"), AllOf(HasSubstr(first), HasSubstr("}\nx\n\n{\"")));
}

TEST_F(RecoverTest, TheNewFilesArePrivateWhateverTheUmask) {
  const std::string log = make_file("a.jsonl", entries(1, 2) + "x\n");
  const mode_t before = ::umask(0);
  run({"recover", log, "-o", out()});
  ::umask(before);
  for (const std::string& file : {out(), out() + ".quarantine", out() + ".lock"}) {
    EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(file).permissions()), 0600u) << file;
  }
}

TEST_F(RecoverTest, NothingIsOverwritten) {
  const std::string log = make_file("a.jsonl", entries(1, 2) + "x\n");
  EXPECT_EQ(run({"recover", log, "-o", out()}).exit_code, 3);
  const RunResult again = run({"recover", log, "-o", out()});
  EXPECT_THAT(again.err, HasSubstr(out() + " exists"));
  EXPECT_EQ(again.exit_code, 1);
  const RunResult self = run({"recover", log, "-o", log});
  EXPECT_THAT(self.err, HasSubstr(log + " exists"));
  EXPECT_EQ(self.exit_code, 1);
  EXPECT_EQ(read_file(log), entries(1, 2) + "x\n");
}

TEST_F(RecoverTest, ALogThatAWriterHasOpenIsRefused) {
  const std::string log = make_file("a.jsonl", entries(1, 2));
  const std::string sidecar = make_file("a.jsonl.lock", "");
  const int fd = ::open(sidecar.c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  ASSERT_EQ(::fcntl(fd, F_OFD_SETLK, &lock), 0);
  const RunResult result = run({"recover", log, "-o", out()});
  ::close(fd);
  EXPECT_THAT(result.err, HasSubstr(log + " is open for writing"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(out()));
  EXPECT_EQ(run({"recover", log, "-o", out()}).exit_code, 0);
}

TEST_F(RecoverTest, AnotherFolderWillDo) {
  std::filesystem::create_directory(path("other"));
  const std::string log = make_file("a.jsonl", entries(1, 2));
  EXPECT_EQ(run({"recover", log, "-o", path("other/b.jsonl")}).exit_code, 0);
  EXPECT_EQ(read_file(path("other/b.jsonl")), entries(1, 2));
  EXPECT_EQ(run({"recover", log, "-o", path("none/b.jsonl")}).exit_code, 1);
}

TEST_F(RecoverTest, ZeroesAndGarbageAreQuarantinedWhole) {
  const std::string log = make_file("zero", std::string(100000, '\0'));
  const RunResult result = run({"recover", log, "-o", out()});
  EXPECT_THAT(result.out, HasSubstr("\"saved_bytes\":0,"));
  EXPECT_THAT(result.out, HasSubstr("\"quarantined_bytes\":100000,"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(read_file(out()), "");
  EXPECT_EQ(run({"doctor", out()}).exit_code, 0);
}

TEST_F(RecoverTest, MemoryDoesNotGrowWithTheLog) {
  if (logslice::testing::kIsSanitized) GTEST_SKIP() << "sanitisers have memory of their own";
  const std::string log = make_file("a.jsonl", "");
  {
    // This process is measured too, as long as the command has not taken its place.
    std::ofstream file(log, std::ios::binary);
    const std::string members = "\"t\":\"" + std::string(1000, 'x') + "\"";
    for (int64_t seq = 1; seq <= 60000; ++seq) file << entry(seq, "m:A", members);
  }
  const RunResult result = run({"recover", log, "-o", out()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(std::filesystem::file_size(out()), std::filesystem::file_size(log));
  EXPECT_LT(result.memory_bytes_max, int64_t{50} << 20);
}

TEST_F(RecoverTest, NothingFromALogActsOnATerminal) {
  const std::string log = make_file("a\x1B[31m.jsonl", "\x1B[2J\n" + entries(1, 1));
  const RunResult result =
      run({"recover", log, "-o", path("b\x1B[31m")}, {.standard_output = Stdout::kTerminal});
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("\x1B")));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(RecoverTest, WrongUsageExitsWith2) {
  const std::string log = make_file("a.jsonl", entries(1, 2));
  const RunResult result = run({"recover", log});
  EXPECT_THAT(result.err, HasSubstr("--output is required"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(run({"recover", "-o", out()}).exit_code, 2);
  EXPECT_EQ(run({"recover", log, log, "-o", out()}).exit_code, 2);
}

}  // namespace
}  // namespace logslice::command
