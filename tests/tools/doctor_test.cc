#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "command_fixture.h"
#include "logslice/persistence/persistent_log_writer.h"

namespace logslice::command {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class DoctorTest : public CommandTest {};

std::string entries(int64_t first_seq, int64_t last_seq) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += entry(seq, "m:A", "\"n\":1");
  return all;
}

TEST_F(DoctorTest, ASoundLogExitsWith0AndHasNoFindingsInAPipe) {
  const std::string log = make_file("a.jsonl", entries(1, 3));
  const RunResult result = run({"doctor", log});
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
  const std::string bytes = std::to_string(entries(1, 3).size());
  EXPECT_EQ(run({"doctor", log}, {.standard_output = Stdout::kTerminal}).out,
            log + "\n  all       sound; 3 entries in 1 file, " + bytes + " bytes\n");
}

TEST_F(DoctorTest, AFindingIsOneJsonObjectWithWhatMendsIt) {
  const std::string log = make_file("a.jsonl", entries(1, 1) + "x\n" + entries(2, 2));
  const RunResult result = run({"doctor", log});
  EXPECT_EQ(result.out, "{\"log\":\"" + log +
                            "\",\"severity\":\"damage\",\"kind\":\"damaged_line\",\"path\":\"" +
                            log + "\",\"offset\":" + std::to_string(entries(1, 1).size()) +
                            ",\"line\":2,\"first_seq\":null,\"last_seq\":null,\"text\":\"Invalid "
                            "value. at byte 0\",\"mend\":\"logslice recover " +
                            log + " -o " + log + ".recovered\"}\n");
  EXPECT_EQ(result.err, "logslice: " + log + ": damaged, 1 finding\n");
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(DoctorTest, ATerminalGetsRowsOf80ColumnsAndWholeCommands) {
  const std::string log =
      make_file("a.jsonl", entries(1, 2) + "x\n" + entries(5, 5) + entries(4, 4) + "torn");
  const RunResult result = run({"doctor", log}, {.standard_output = Stdout::kTerminal});
  EXPECT_THAT(result.out, StartsWith(log + "\n  damage    line 3, byte "));
  EXPECT_THAT(result.out,
              HasSubstr("\n    mend    logslice recover " + log + " -o " + log + ".recovered\n"));
  EXPECT_THAT(result.out, HasSubstr("\n  damage    byte "));
  EXPECT_THAT(result.out, HasSubstr("\n  remark    "));
  EXPECT_THAT(result.out, HasSubstr("\n  all       damaged; 4 entries in 1 file, "));
  size_t start = 0;
  for (size_t end; (end = result.out.find('\n', start)) != std::string::npos; start = end + 1) {
    const std::string row = result.out.substr(start, end - start);
    if (row.find("mend") == std::string::npos) {
      EXPECT_LE(row.size(), 80u) << row;
    }
  }
  EXPECT_EQ(result.exit_code, 3);
  // Told once for those that it mends.
  EXPECT_EQ(result.out.find("logslice recover"), result.out.rfind("logslice recover"));
}

TEST_F(DoctorTest, WhatMendsDoesMend) {
  const std::string log = make_file("a.jsonl", entries(1, 2) + "x\n" + entries(2, 3));
  std::filesystem::permissions(log, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const RunResult before = run({"doctor", "-o", "text", log});
  EXPECT_THAT(before.out,
              HasSubstr("mend    logslice recover " + log + " -o " + log + ".recovered"));
  EXPECT_THAT(before.out, HasSubstr("mend    chmod 600 " + log + "\n"));
  EXPECT_EQ(run({"recover", log, "-o", log + ".recovered"}).exit_code, 3);
  EXPECT_EQ(run({"doctor", log + ".recovered"}).exit_code, 0);
}

TEST_F(DoctorTest, WidePermissionsAreDamage) {
  const std::string log = make_file("a.jsonl", entries(1, 2));
  std::filesystem::permissions(log, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const RunResult result = run({"doctor", log});
  EXPECT_THAT(result.out, AllOf(HasSubstr("\"kind\":\"permissions\""), HasSubstr("0604"),
                                HasSubstr("\"mend\":\"chmod 600 " + log + "\"")));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(DoctorTest, ASecondHardLinkIsDamageAndASymbolicLinkARemark) {
  const std::string log = make_file("a.jsonl", entries(1, 2));
  std::filesystem::create_symlink(log, path("link"));
  const RunResult symlink = run({"doctor", path("link")});
  EXPECT_THAT(symlink.out, HasSubstr("\"severity\":\"remark\",\"kind\":\"symlink\""));
  EXPECT_EQ(symlink.exit_code, 0);
  std::filesystem::create_hard_link(log, path("b.jsonl"));
  const RunResult result = run({"doctor", log});
  EXPECT_THAT(result.out, HasSubstr("\"severity\":\"damage\",\"kind\":\"hard_link\""));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(DoctorTest, AWriterAtWorkIsARemarkAndItsTornTailToo) {
  const std::string log = make_file("a.jsonl", entries(1, 2) + "{\"__ty");
  EXPECT_EQ(run({"doctor", log}).exit_code, 3);
  const std::string sidecar = make_file("a.jsonl.lock", "");
  const int fd = ::open(sidecar.c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  ASSERT_EQ(::fcntl(fd, F_OFD_SETLK, &lock), 0);
  const RunResult result = run({"doctor", log});
  EXPECT_THAT(result.out, HasSubstr("\"severity\":\"remark\",\"kind\":\"writer\""));
  EXPECT_THAT(result.out, HasSubstr("\"severity\":\"remark\",\"kind\":\"torn_tail\""));
  EXPECT_EQ(result.exit_code, 0);
  ::close(fd);
}

TEST_F(DoctorTest, AWriterOfOursIsNamedAndGoesOnAfterwards) {
  const std::string log = make_file("a.jsonl", entries(1, 2));
  auto writer = PersistentLogWriter::open({.path = log}, {});
  ASSERT_TRUE(writer.ok()) << writer.status();
  const std::string process = "process " + std::to_string(::getpid()) + " since 2";
  const RunResult result = run({"doctor", log});
  EXPECT_THAT(result.out, HasSubstr("\"text\":\"" + process));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(run({"recover", log, "-o", path("new")}).err,
              HasSubstr("is open for writing in " + process));
  EXPECT_TRUE((*writer)->close().ok());
  EXPECT_THAT(run({"doctor", log}).out, IsEmpty());
}

TEST_F(DoctorTest, ManyFindingsOfOneKindDoNotBuryTheTerminal) {
  std::string garbage;
  for (int i = 0; i < 1000; ++i) garbage += "x\n";
  const RunResult result = run({"doctor", "-o", "text", make_file("a.jsonl", garbage)});
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1 + 10 + 1 + 1 + 1);
  EXPECT_THAT(result.out, HasSubstr("and 990 more of the kind damaged_line"));
  EXPECT_THAT(result.err, EndsWith("damaged, 1000 findings\n"));
}

TEST_F(DoctorTest, EveryPathIsTriedAndTheWorstOutcomeCounts) {
  const std::string good = make_file("good", entries(1, 2));
  const std::string damaged = make_file("damaged", "x\n");
  const RunResult result = run({"doctor", "-o", "text", damaged, path("none"), good});
  EXPECT_THAT(result.out, HasSubstr("\n\n" + good + "\n  all       sound; 2 entries"));
  EXPECT_THAT(result.err, HasSubstr("there is no log at " + path("none")));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(run({"doctor", damaged, good}).exit_code, 3);
}

TEST_F(DoctorTest, NothingFromALogActsOnATerminal) {
  const std::string log = make_file("a\x1B[31m\n.jsonl", "\x1B[2J\n" + entries(1, 1));
  const RunResult result = run({"doctor", log}, {.standard_output = Stdout::kTerminal});
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("\x1B")));
  EXPECT_THAT(result.out, HasSubstr("a\\u001b[31m\\u000a.jsonl\n"));
}

TEST_F(DoctorTest, AFileThatMayNotBeReadIsAFailure) {
  if (!permissions_count()) GTEST_SKIP() << "root may read everything";
  const std::string log = make_file("a.jsonl", entries(1, 2));
  std::filesystem::permissions(log, std::filesystem::perms::none);
  EXPECT_EQ(run({"doctor", log}).exit_code, 1);
}

TEST_F(DoctorTest, MemoryIsBoundedByALine) {
  const std::string log = make_file("a.jsonl", entries(1, 1));
  const int64_t size = static_cast<int64_t>(entries(1, 1).size());
  std::filesystem::resize_file(log, static_cast<uintmax_t>(size) + (uintmax_t{200} << 20));
  std::ofstream(log, std::ios::binary | std::ios::app) << "\n" << entries(2, 2);
  std::filesystem::resize_file(log, std::filesystem::file_size(log) + (uintmax_t{200} << 20));
  const RunResult result = run({"doctor", log});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.out, AllOf(HasSubstr("long_line"), HasSubstr("209715200 of them NUL")));
  EXPECT_LT(result.memory_bytes_max, int64_t{50} << 20);
}

TEST_F(DoctorTest, WrongUsageExitsWith2) {
  EXPECT_EQ(run({"doctor"}).exit_code, 2);
  EXPECT_EQ(run({"doctor", "-o", "xml", "a"}).exit_code, 2);
}

}  // namespace
}  // namespace logslice::command
