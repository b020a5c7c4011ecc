// Every call of every scenario fails, once and from then on; every append comes out short. What was
// acknowledged is there at every moment of it, and in the end everything is that was not reported.

#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/durability/crash_explorer.h"
#include "tests/durability/log_scenarios.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using Faults = ModelDisk::Faults;

class FaultTest : public ::testing::Test {
 protected:
  // One run. `install` puts the fault on the disk.
  void run(const Scenario& scenario, const std::function<void(ModelDisk&)>& install) {
    ++run_count_;
    LogLife life(scenario.disk, scenario.config, scenario.ledger);
    life.record_moments();
    install(life.disk());
    scenario.run(life);
    // 1. A power cut or a kill while the disk fails. Every fifth moment, in turn.
    CrashBounds bounds{.sample_count = 2, .seed = 3, .state_count_max = 5};
    constexpr size_t kStride = kIsSanitized ? 25 : 5;
    const std::vector<Moment>& moments = life.moments();
    for (size_t i = static_cast<size_t>(run_count_) % kStride; i < moments.size(); i += kStride) {
      bounds.seed += static_cast<uint64_t>(run_count_);
      explorer_.check_power_cut(life, moments[i], bounds, CrashExplorer::Then::kStop);
      explorer_.check_kill(life, moments[i], CrashExplorer::Then::kStop);
    }
    // 2. The disk is well again. The first attempt may still have to tell what went wrong.
    life.disk().heal();
    life.flush().IgnoreError();
    life.sync().IgnoreError();
    const absl::Status synced = life.sync();
    ASSERT_TRUE(synced.ok()) << synced;
    // 3. Everything is there once, in order, but what was reported as dropped.
    const Moment end = life.now();
    EXPECT_EQ(end.written_seq, end.accepted_seq);
    const LogContent content =
        check_log(life.disk(), scenario.config.path.string(), ledger_at_kill(life.ledger(), end));
    ASSERT_EQ(content.error, "");
    // 4. The power is cut behind it all.
    explorer_.check_power_cut(life, end, bounds, CrashExplorer::Then::kStop);
    ASSERT_FALSE(explorer_.has_failed());
  }

  // The scenario without a fault, for its calls.
  static void count_calls(const Scenario& scenario, int64_t* calls, int64_t* appends) {
    LogLife life(scenario.disk, scenario.config, scenario.ledger);
    scenario.run(life);
    *calls = life.disk().call_count();
    *appends = life.disk().append_count();
  }

  void report(int64_t run_count_min, int64_t state_count_min) {
    RecordProperty("runs", std::to_string(run_count_));
    std::printf("[ runs     ] %lld\n", static_cast<long long>(run_count_));
    EXPECT_GE(run_count_, run_count_min) << "there were more calls to fail";
    report_states(explorer_.state_count(), kIsSanitized ? 1000 : state_count_min);
  }

  void fail_every_call(const std::vector<NamedScenario>& scenarios, int error, Faults faults) {
    for (const NamedScenario& each : scenarios) {
      int64_t calls = 0;
      int64_t appends = 0;
      count_calls(each.scenario, &calls, &appends);
      for (int64_t index = 0; index < calls; ++index) {
        SCOPED_TRACE(each.name + ", call " + std::to_string(index));
        run(each.scenario, [&](ModelDisk& disk) { disk.fail_call(index, error, faults); });
        if (HasFailure()) return;
      }
    }
  }

  void shorten_every_append(const std::vector<NamedScenario>& scenarios) {
    for (const NamedScenario& each : scenarios) {
      int64_t calls = 0;
      int64_t appends = 0;
      count_calls(each.scenario, &calls, &appends);
      for (int64_t index = 0; index < appends; ++index) {
        for (const int64_t bytes : {0, 1, 47, 94, 95, 140}) {
          for (const bool fails_next : {false, true}) {
            SCOPED_TRACE(each.name + ", append " + std::to_string(index) + " takes " +
                         std::to_string(bytes));
            run(each.scenario, [&](ModelDisk& disk) {
              disk.shorten_append(index, bytes);
              if (fails_next) disk.fail_append(index + 1, ENOSPC);
            });
            if (HasFailure()) return;
          }
        }
      }
    }
  }

  CrashExplorer explorer_;
  int64_t run_count_ = 0;
};

TEST_F(FaultTest, EveryCallFailsOnceWithEio) {
  fail_every_call(all_log_scenarios(), EIO, Faults::kOnce);
  report(2'200, 23'000);
}

TEST_F(FaultTest, EveryCallFailsOnceWithEnospc) {
  fail_every_call(all_log_scenarios(), ENOSPC, Faults::kOnce);
  report(2'200, 23'000);
}

TEST_F(FaultTest, EveryCallFailsForEverWithEio) {
  fail_every_call(all_log_scenarios(), EIO, Faults::kForEver);
  report(2'200, 15'000);
}

TEST_F(FaultTest, EveryCallFailsForEverWithEnospc) {
  fail_every_call(all_log_scenarios(), ENOSPC, Faults::kForEver);
  report(2'200, 15'000);
}

TEST_F(FaultTest, EveryAppendComesOutShort) {
  shorten_every_append(all_log_scenarios());
  report(2'600, 21'000);
}

TEST_F(FaultTest, EveryCallFailsOnceInTheBackground) {
  fail_every_call(all_background_scenarios(), EIO, Faults::kOnce);
  report(2'200, 22'000);
}

TEST_F(FaultTest, EveryCallFailsForEverInTheBackground) {
  fail_every_call(all_background_scenarios(), ENOSPC, Faults::kForEver);
  report(2'200, 17'000);
}

TEST_F(FaultTest, EveryAppendComesOutShortInTheBackground) {
  shorten_every_append(all_background_scenarios());
  report(2'600, 23'000);
}

}  // namespace
}  // namespace logslice::testing
