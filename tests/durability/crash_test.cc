// Power cuts and kills at every moment of what a log lives through.

#include "tests/durability/crash_explorer.h"

#include "gtest/gtest.h"

namespace logslice::testing {
namespace {

// `state_count_min` keeps a scenario from shrinking unseen.
void explore(const Scenario& scenario, int64_t state_count_min) {
  CrashExplorer explorer;
  explorer.explore(scenario);
  report_states(explorer.state_count(), state_count_min);
}

void append_each(LogLife& life, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) (void)life.append(text);
}

TEST(CrashTest, FirstAppendsToANewLog) {
  Scenario scenario;
  scenario.run = [](LogLife& life) {
    append_each(life, {"a", "bb"});
    EXPECT_TRUE(life.close().ok());
  };
  explore(scenario, 1);
}

TEST(CrashTest, FirstAppendsToANewLogSynced) {
  Scenario scenario;
  scenario.config.sync_on_flush = true;
  scenario.run = [](LogLife& life) {
    append_each(life, {"a", "bb"});
    EXPECT_TRUE(life.close().ok());
  };
  explore(scenario, 1);
}

TEST(CrashTest, NewLogInNewDirectoriesSynced) {
  Scenario scenario;
  scenario.config.path = "/run/logs/log.jsonl";
  scenario.config.sync_on_flush = true;
  scenario.run = [](LogLife& life) {
    append_each(life, {"a", "bb"});
    EXPECT_TRUE(life.close().ok());
  };
  explore(scenario, 1);
}

TEST(CrashTest, AppendsToAnOldLog) {
  for (const bool is_synced : {false, true}) {
    Scenario scenario;
    scenario.config.sync_on_flush = is_synced;
    add_old_log(scenario, {"old", "older"});
    scenario.run = [](LogLife& life) {
      append_each(life, {"a", "bb"});
      EXPECT_TRUE(life.sync().ok());
      append_each(life, {"ccc"});
      EXPECT_TRUE(life.close().ok());
    };
    explore(scenario, 1);
  }
}

TEST(CrashTest, BufferedAppends) {
  for (const bool is_synced : {false, true}) {
    Scenario scenario;
    scenario.config.sync_on_flush = is_synced;
    scenario.config.flush_interval = 3;
    scenario.run = [](LogLife& life) {
      append_each(life, {"a", "bb", "ccc", "dddd", "eeeee"});
      EXPECT_TRUE(life.flush().ok());
      append_each(life, {"f"});
      EXPECT_TRUE(life.close().ok());
    };
    explore(scenario, 1);
  }
}

TEST(CrashTest, TornTailRepairAtOpen) {
  for (const bool is_synced : {false, true}) {
    Scenario scenario;
    scenario.config.sync_on_flush = is_synced;
    add_old_log(scenario, {"old", "older"});
    const std::string content = scenario.disk.find("/log.jsonl")->live;
    scenario.disk.put("/log.jsonl", content + fact_line(std::string(600, 't'), 3).substr(0, 580));
    scenario.run = [](LogLife& life) {
      append_each(life, {"a", std::string(500, 'b')});
      EXPECT_TRUE(life.close().ok());
    };
    explore(scenario, 1);
  }
}

}  // namespace
}  // namespace logslice::testing
