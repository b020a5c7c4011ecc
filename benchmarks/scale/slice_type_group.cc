// What a session costs when it has many slices.
#include <memory>
#include <string>
#include <vector>

#include "logslice/session/session.h"
#include "many_types.h"
#include "scale.h"

namespace logslice::scale {
namespace {

constexpr int64_t kItemsPerSlice = 10;

std::unique_ptr<Session> session_of(const std::vector<AnyType>& types, int64_t count,
                                    SlicePolicy policy) {
  auto session = std::make_unique<Session>();
  for (int64_t i = 0; i < count; ++i) {
    check(types[static_cast<size_t>(i)].register_slice(*session, policy), "register_slice");
  }
  return session;
}

// One event to each slice, in turn; returns nanoseconds per event.
double dispatch_round_robin(Session& session, const std::vector<AnyType>& types, int64_t count,
                            int64_t turn_count) {
  bool all_taken = true;
  const double seconds = seconds_of([&] {
    for (int64_t turn = 0; turn < turn_count; ++turn) {
      for (int64_t i = 0; i < count; ++i) {
        all_taken &= types[static_cast<size_t>(i)].dispatch(session, turn);
      }
    }
  });
  check(all_taken, "an event was not taken");
  for (int64_t i = 0; i < count; ++i) {
    check(types[static_cast<size_t>(i)].latest(session) == turn_count - 1, "an event is missing");
  }
  return seconds * 1e9 / static_cast<double>(turn_count * count);
}

void run_one(const Settings& settings, Report& report, const std::vector<AnyType>& types,
             int64_t count) {
  report.add("register_slice", "", count, 1e6 / static_cast<double>(count) * seconds_of([&] {
                                            session_of(types, count, SlicePolicy::kLog);
                                          }));

  const int64_t turn_count = (settings.is_quick ? 2'000 : 100'000) / count + kItemsPerSlice;
  if (report.wants("dispatch to slices in turn")) {
    const auto session = session_of(types, count, SlicePolicy::kLog);
    report.add("dispatch to slices in turn", "no log", count,
               dispatch_round_robin(*session, types, count, turn_count));
  }
  if (report.wants("dispatch to slices in turn")) {
    const std::filesystem::path path = settings.directory / "types.jsonl";
    const auto session = session_of(types, count, SlicePolicy::kLog);
    for (int64_t i = 0; i < count; ++i) {
      check(types[static_cast<size_t>(i)].configure(
                *session, {.path = path, .max_memory_entries = 100, .flush_interval = 100}),
            "configure_persistence");
    }
    report.add("dispatch to slices in turn", "one log", count,
               dispatch_round_robin(*session, types, count, turn_count));
    check(session->flush_logs(), "flush_logs");
    check(types[0].marks(*session)->written_seq == turn_count * count, "lines are missing");
    check(session->close(), "close");
    std::filesystem::remove(path);
    std::filesystem::remove(path.native() + ".lock");
  }

  const auto session = session_of(types, count, SlicePolicy::kState);
  dispatch_round_robin(*session, types, count, kItemsPerSlice);
  Snapshot taken;
  report.add("snapshot of many slices", "", count, 1e3 * seconds_of([&] {
                                                     auto snapshot = session->snapshot();
                                                     check(snapshot.status(), "snapshot");
                                                     taken = *std::move(snapshot);
                                                   }));
  check(static_cast<int64_t>(taken.slices.size()) == count, "slices are missing");
  types[0].dispatch(*session, -1);
  report.add("restore of many slices", "", count,
             1e3 * seconds_of([&] { check(session->restore(taken), "restore"); }));
  for (int64_t i = 0; i < count; ++i) {
    check(types[static_cast<size_t>(i)].size(*session) == kItemsPerSlice, "not restored");
  }
}

void run_slice_types(const Settings& settings, Report& report) {
  const std::vector<AnyType> types = many_types();
  const int round_count = settings.is_quick ? 1 : 5;
  for (int64_t count = 1; count <= kManyTypeCount; count *= 10) {
    say(std::to_string(count) + " slice types");
    for (int round = 0; round < round_count; ++round) run_one(settings, report, types, count);
  }
}

Operation operation(std::string name, std::string unit, std::string claim, double slope_max,
                    std::string what) {
  return {std::move(name), "slice types",  "", std::move(unit), std::move(claim),
          slope_max,       std::move(what)};
}

}  // namespace

Group slice_type_group() {
  return {
      {
          operation("dispatch to slices in turn", "ns", kBeyondCaches, kConstantBeyondCaches,
                    "An event of each type in turn, with a string of 40 bytes; no type has any "
                    "reducer but its own. One log: all slices write to it, 100 lines a write."),
          operation("register_slice", "us", "O(1)", kConstant,
                    "Of one slice, on the average of all that a session gets, the session "
                    "included."),
          operation("snapshot of many slices", "ms", "O(n)", kLinear,
                    "snapshot() of so many STATE slices of 10 entries each."),
          operation("restore of many slices", "ms", "O(n)", kLinear, "restore() of that snapshot."),
      },
      run_slice_types};
}

}  // namespace logslice::scale
