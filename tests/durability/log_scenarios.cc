#include "tests/durability/log_scenarios.h"

#include <cerrno>
#include <utility>

namespace logslice::testing {

namespace {

const std::string kPath = "/log.jsonl";

Scenario make(Sync sync, std::function<void(LogLife&)> run) {
  Scenario scenario;
  scenario.config.sync_on_flush = sync == Sync::kOnFlush;
  scenario.config.sync_every_entries = sync == Sync::kCadence ? 2 : 0;
  scenario.run = std::move(run);
  return scenario;
}

void append_each(LogLife& life, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) (void)life.append(text);
}

void write_new_log(LogLife& life) {
  append_each(life, {"a", "bb"});
  (void)life.close();
}

Scenario with_tail(Scenario scenario, const std::string& tail) {
  const FileNode* const log = scenario.disk.find(kPath);
  scenario.disk.put(kPath, (log == nullptr ? "" : log->live) + tail);
  return scenario;
}

}  // namespace

std::string name_of(Sync sync) {
  switch (sync) {
    case Sync::kNo:
      return "without syncing";
    case Sync::kOnFlush:
      return "sync_on_flush";
    case Sync::kCadence:
      return "sync_every_entries";
  }
  return "";
}

Scenario new_log(Sync sync) { return make(sync, write_new_log); }

Scenario new_log_in_new_directories(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a"});
    (void)life.sync();
    append_each(life, {"bb"});
    (void)life.close();
  });
  scenario.config.path = "/run/logs/log.jsonl";
  return scenario;
}

Scenario old_log(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a", "bb"});
    (void)life.sync();
    append_each(life, {"ccc"});
    (void)life.close();
  });
  add_old_log(scenario, {"old", "older"});
  return scenario;
}

Scenario buffered_appends(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a", "bb", "ccc", "dddd", "eeeee"});
    (void)life.flush();
    append_each(life, {"f"});
    (void)life.close();
  });
  scenario.config.flush_interval = 3;
  return scenario;
}

// The torn line and what is appended in its place cross sectors: if the cut were not synced,
// sectors of the one could come up between those of the other.
Scenario torn_tail(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {std::string(500, 'b'), "a"});
    (void)life.close();
  });
  add_old_log(scenario, {"old", "older"});
  return with_tail(std::move(scenario), fact_line(std::string(600, 't'), 3).substr(0, 580));
}

Scenario torn_first_line(Sync sync) {
  return with_tail(make(sync, write_new_log), fact_line("torn", 1).substr(0, 30));
}

Scenario failed_sync(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a"});
    (void)life.sync();
    append_each(life, {"b", "c"});
    life.disk().fail_next(CallKind::kSyncData, EIO);
    (void)life.sync();
    append_each(life, {"d", "e", "f", "g"});
    (void)life.close();
  });
  scenario.config.flush_interval = 3;
  return scenario;
}

Scenario failed_syncs(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    life.disk().fail_kind(CallKind::kSyncData, EIO);
    append_each(life, {"a", "b"});
    (void)life.sync();
    append_each(life, {"c"});
    (void)life.sync();
    life.disk().heal();
    append_each(life, {"d"});
    (void)life.sync();
    append_each(life, {"e"});
    (void)life.close();
  });
  add_old_log(scenario, {"old"});
  return scenario;
}

Scenario stuck_torn_line(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a"});
    life.disk().shorten_append(life.disk().append_count(), 10);
    life.disk().fail_append(life.disk().append_count() + 1, EIO);
    life.disk().fail_next(CallKind::kTruncate, EIO);
    append_each(life, {"b", "c"});
    (void)life.sync();
    append_each(life, {"d"});
    (void)life.close();
  });
  add_old_log(scenario, {"old"});
  return scenario;
}

namespace {

Scenario truncated_to(Sync sync, int64_t size_bytes) {
  Scenario scenario = make(sync, [size_bytes](LogLife& life) {
    append_each(life, {"a", "b"});
    (void)life.flush();
    if (life.disk().image().inode_of(kPath) != 0) {
      life.excuse(static_cast<int64_t>(life.ledger().entries.size()));
      life.disk().outside().cut(kPath, size_bytes);
    }
    (void)life.flush();
    append_each(life, {"c", "d"});
    (void)life.close();
  });
  add_old_log(scenario, {"old"});
  return scenario;
}

}  // namespace

Scenario truncated_underneath(Sync sync) { return truncated_to(sync, 120); }

Scenario truncated_to_whole_lines(Sync sync) {
  return truncated_to(sync, static_cast<int64_t>(fact_line("old", 1).size()) + 1);
}

Scenario renamed_underneath(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a", "b"});
    if (life.disk().image().inode_of(kPath) != 0) {
      life.excuse(static_cast<int64_t>(life.ledger().entries.size()));
      life.disk().outside().move(kPath, "/elsewhere");
    }
    (void)life.flush();
    append_each(life, {"c", "d"});
    (void)life.close();
  });
  add_old_log(scenario, {"old"});
  return scenario;
}

Scenario rotated(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a", "b", "c"});
    (void)life.sync();
    append_each(life, {"d", "e", "f"});
    life.idle(1);
    (void)life.flush();
    (void)life.close();
  });
  add_old_log(scenario, {"old"});
  scenario.config.rotate_at_bytes = 150;
  return scenario;
}

Scenario rotated_and_removed(Sync sync) {
  Scenario scenario = rotated(sync);
  scenario.config.retain_segments = 1;
  return scenario;
}

Scenario rotated_and_removed_all(Sync sync) {
  Scenario scenario = rotated(sync);
  scenario.config.retain_bytes = 1;
  return scenario;
}

Scenario rotated_and_compressed(Sync sync) {
  Scenario scenario = make(sync, [](LogLife& life) {
    append_each(life, {"a", "b"});
    life.idle(6);
    append_each(life, {"c", "d"});
    life.idle(12);
    (void)life.sync();
    append_each(life, {"e"});
    life.idle(6);
    (void)life.close();
  });
  scenario.config.rotate_at_bytes = 150;
  scenario.config.compression = SegmentCompression::kGzip;
  return scenario;
}

Scenario full_disk_beside_sealed(Sync sync) {
  Scenario first = failed_sync(sync);
  first.run = [run = first.run](LogLife& life) {
    run(life);
    life.disk().set_free_bytes(100);
    append_each(life, {"h", "i", "j"});
    life.disk().heal();
    append_each(life, {"k"});
    (void)life.close();
  };
  return first;
}

namespace {

// Where a look at the file fails, entries go with what somebody has moved away until the next look.
Scenario with_two_excused(Scenario scenario) {
  scenario.run = [run = std::move(scenario.run)](LogLife& life) {
    life.excuse(2);
    run(life);
  };
  return scenario;
}

}  // namespace

Scenario in_background(Scenario scenario, uint64_t seed) {
  scenario.config.write_mode = WriteMode::kBackground;
  scenario.run = [seed, run = std::move(scenario.run)](LogLife& life) {
    life.draw_steps(seed);
    run(life);
  };
  return scenario;
}

std::vector<NamedScenario> all_log_scenarios() {
  std::vector<NamedScenario> all;
  for (const Sync sync : kSyncs) {
    const std::string suffix = ", " + name_of(sync);
    all.push_back({"new log" + suffix, new_log(sync)});
    all.push_back({"new log in new directories" + suffix, new_log_in_new_directories(sync)});
    all.push_back({"old log" + suffix, old_log(sync)});
    all.push_back({"buffered appends" + suffix, buffered_appends(sync)});
    all.push_back({"torn tail" + suffix, torn_tail(sync)});
    all.push_back({"torn first line" + suffix, torn_first_line(sync)});
    all.push_back({"failed sync" + suffix, failed_sync(sync)});
    all.push_back({"failed syncs" + suffix, failed_syncs(sync)});
    all.push_back({"stuck torn line" + suffix, stuck_torn_line(sync)});
    all.push_back({"truncated underneath" + suffix, truncated_to_whole_lines(sync)});
    all.push_back({"renamed underneath" + suffix, with_two_excused(renamed_underneath(sync))});
    all.push_back({"full disk beside sealed" + suffix, full_disk_beside_sealed(sync)});
    all.push_back({"rotated" + suffix, rotated(sync)});
    all.push_back({"rotated and removed" + suffix, rotated_and_removed(sync)});
    all.push_back({"rotated and removed all" + suffix, rotated_and_removed_all(sync)});
    all.push_back({"rotated and compressed" + suffix, rotated_and_compressed(sync)});
  }
  return all;
}

std::vector<NamedScenario> all_background_scenarios() {
  std::vector<NamedScenario> all = all_log_scenarios();
  uint64_t seed = 0;
  for (NamedScenario& each : all) {
    each.name += ", in background";
    each.scenario = in_background(std::move(each.scenario), ++seed);
  }
  return all;
}

}  // namespace logslice::testing
