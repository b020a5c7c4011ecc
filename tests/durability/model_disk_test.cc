// The model of the disk itself: what it lets a crash leave, and what it does not.

#include "tests/support/model_disk.h"

#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/crash_states.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// The names in each state.
std::set<std::vector<std::string>> name_states(const DiskImage& image) {
  std::set<std::vector<std::string>> states;
  for_each_crash_state(image, {}, [&](const DiskImage& state) {
    std::vector<std::string> names;
    for (const auto& [name, inode] : state.names()) {
      if (name != "/") names.push_back(name);
    }
    states.insert(names);
  });
  return states;
}

TEST(ModelDiskTest, UnsyncedLineIsCutAtEachByteOrZerosBeforeItsDataCame) {
  DiskImage image;
  image.put("/log", "one\n");
  image.write(image.inode_of("/log"), 4, "two\n");
  EXPECT_THAT(crash_contents(*image.find("/log")),
              UnorderedElementsAre("one\n", "one\nt", "one\ntw", "one\ntwo",
                                   "one\n" + std::string(4, '\0'), "one\ntwo\n"));
  image.sync_data(image.inode_of("/log"));
  EXPECT_THAT(crash_contents(*image.find("/log")), ElementsAre("one\ntwo\n"));
}

TEST(ModelDiskTest, EarlierLinesOfOneWriteAreCutBehindTheirNewlinesOnly) {
  DiskImage image;
  image.put("/log", "");
  image.write(image.inode_of("/log"), 0, "aa\nbb\nc\n");
  const std::vector<std::string> contents = crash_contents(*image.find("/log"));
  EXPECT_THAT(contents, Contains("aa\n"));
  EXPECT_THAT(contents, Contains("aa\nbb\nc"));
  EXPECT_THAT(contents, Not(Contains("aa\nb")));
}

TEST(ModelDiskTest, CutThatIsNotSyncedComesBackBetweenSectorsOfWhatFollowed) {
  DiskImage image;
  image.put("/log", std::string(500, 'a') + std::string(100, 't'));
  const uint64_t inode = image.inode_of("/log");
  image.truncate(inode, 500);
  EXPECT_THAT(crash_contents(*image.find("/log")), Contains(image.find("/log")->durable));
  image.write(inode, 500, std::string(100, 'n') + "\n");
  EXPECT_THAT(crash_contents(*image.find("/log")),
              Contains(std::string(500, 'a') + std::string(12, 't') + std::string(88, 'n') + "\n"));
  DiskImage synced;
  synced.put("/log", std::string(500, 'a') + std::string(100, 't'));
  synced.truncate(inode, 500);
  synced.sync_data(inode);
  synced.write(inode, 500, std::string(100, 'n') + "\n");
  for (const std::string& content : crash_contents(*synced.find("/log"))) {
    EXPECT_EQ(content.find('t'), std::string::npos);
  }
}

TEST(ModelDiskTest, SyncedFileHasNoNameUntilItsDirectoryIsSynced) {
  ModelDisk disk;
  {
    const OpenResult opened = disk.open("/log", OpenMode::kAppendNew);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened.file->append("x\n").value, 2);
    EXPECT_TRUE(opened.file->sync_data().ok());
  }
  EXPECT_THAT(name_states(disk.image()),
              UnorderedElementsAre(std::vector<std::string>{}, std::vector<std::string>{"/log"}));
  EXPECT_TRUE(disk.sync_directory("/").ok());
  EXPECT_THAT(name_states(disk.image()), ElementsAre(std::vector<std::string>{"/log"}));
}

TEST(ModelDiskTest, RenameHappensAsAWholeOrNotAtAll) {
  DiskImage image;
  image.put("/old", "old");
  image.put("/new", "new");
  image.rename("/new", "/old");
  std::set<std::string> contents;
  for_each_crash_state(image, {}, [&](const DiskImage& state) {
    ASSERT_NE(state.find("/old"), nullptr);
    const std::string content = state.find("/old")->live;
    EXPECT_EQ(state.find("/new") == nullptr, content == "new");
    contents.insert(content);
  });
  EXPECT_THAT(contents, UnorderedElementsAre("old", "new"));
}

TEST(ModelDiskTest, UpToSixDirectoryOperationsHappenInAnySubset) {
  DiskImage image;
  for (int i = 0; i < 6; ++i) image.create("/" + std::to_string(i), FileKind::kRegular);
  EXPECT_EQ(name_states(image).size(), 64u);
  image.create("/6", FileKind::kRegular);
  EXPECT_EQ(name_states(image).size(), 8u + 6u);  // prefixes, single omissions
}

TEST(ModelDiskTest, DirectoryWithoutANameTakesItsFilesWithIt) {
  DiskImage image;
  image.create("/a", FileKind::kDirectory);
  image.create("/a/log", FileKind::kRegular);
  image.sync_directory("/a");
  EXPECT_THAT(name_states(image), UnorderedElementsAre(std::vector<std::string>{},
                                                       std::vector<std::string>{"/a", "/a/log"}));
}

TEST(ModelDiskTest, FailedSyncDropsBytesThatNoLaterSyncBringsBack) {
  ModelDisk disk;
  disk.outside().put("/log", "one\n");
  const OpenResult opened = disk.open("/log", OpenMode::kAppend);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened.file->append("two\n").ok());
  disk.fail_next(CallKind::kSyncData, EIO);
  EXPECT_EQ(opened.file->sync_data().error, EIO);
  EXPECT_TRUE(opened.file->append("three\n").ok());
  EXPECT_TRUE(opened.file->sync_data().ok());
  EXPECT_EQ(disk.image().find("/log")->live, "one\ntwo\nthree\n");
  const std::vector<std::string> contents = crash_contents(*disk.image().find("/log"));
  EXPECT_THAT(contents, Contains("one\n" + std::string(4, '\0') + "three\n"));
  EXPECT_THAT(contents, Contains("one\ntwo\nthree\n"));
  for (const std::string& content : contents) EXPECT_TRUE(content.ends_with("three\n"));
}

TEST(ModelDiskTest, LockIsGoneAfterACrashAndExclusiveBefore) {
  ModelDisk disk;
  disk.outside().put("/lock", "");
  const OpenResult first = disk.open("/lock", OpenMode::kUpdate);
  EXPECT_TRUE(first.file->try_lock().ok());
  OpenResult second = disk.open("/lock", OpenMode::kUpdate);
  EXPECT_EQ(second.file->try_lock().error, EAGAIN);
  EXPECT_EQ(second.file->locked_elsewhere().value, 1);
  ModelDisk after(disk.image());
  const OpenResult third = after.open("/lock", OpenMode::kUpdate);
  EXPECT_TRUE(third.file->try_lock().ok());
}

TEST(ModelDiskTest, FaultsStrikeTheCallTheyAreFor) {
  ModelDisk disk;
  disk.fail_call(1, EIO, ModelDisk::Faults::kForEver);
  OpenResult created = disk.open("/a", OpenMode::kAppendNew);
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(created.file->append("x").error, EIO);
  EXPECT_EQ(created.file->sync_data().error, EIO);
  EXPECT_TRUE(disk.stat("/a").ok());  // it changes nothing
  disk.heal();
  disk.shorten_append(1, 2);
  EXPECT_EQ(created.file->append("long").value, 2);
  disk.set_free_bytes(3);
  EXPECT_EQ(created.file->append("long").value, 3);
  EXPECT_EQ(created.file->append("long").error, ENOSPC);
}

TEST(ModelDiskTest, EverythingThatIsEnumeratedIsAllowedAndNotEverythingIs) {
  DiskImage image;
  image.put("/log", std::string(700, 'a') + "\n");
  const uint64_t inode = image.inode_of("/log");
  image.truncate(inode, 600);
  image.write(inode, 600, std::string(800, 'b') + "\n");
  image.write(inode, 1401, "c\nd\n");
  image.write(inode, 0, std::string(30, 'e'));
  const FileNode& node = *image.find("/log");
  for (const std::string& content : crash_contents(node)) {
    EXPECT_TRUE(is_allowed_content(node, content)) << content.size();
  }
  EXPECT_FALSE(is_allowed_content(node, node.live + "x"));
  std::string foreign = node.live;
  foreign[650] = 'z';
  EXPECT_FALSE(is_allowed_content(node, foreign));
  EXPECT_FALSE(is_allowed_content(node, node.live.substr(0, 599)));
}

}  // namespace
}  // namespace logslice::testing
