// all(): a view of a large window, taken and dropped while the session holds the window.
#include <memory>

#include "logslice/session/session.h"
#include "rows.h"

namespace logslice::bench {

struct Tick {
  int64_t value = 0;
};

namespace {

constexpr int64_t kEntryCount = 1'000'000;
constexpr int64_t kViewCount = 10'000;

}  // namespace

Row make_all_row(const Settings&) {
  auto session = std::make_shared<Session>();
  check(session->register_slice<Tick>(SlicePolicy::kLog).ok(), "register_slice");
  for (int64_t i = 0; i < kEntryCount; ++i) session->dispatch(Tick{i});
  // As many pointers as a window of a million entries has blocks.
  auto blocks = std::make_shared<std::vector<std::shared_ptr<int>>>();
  for (int64_t i = 0; i < kEntryCount / (256 * 64) + 1; ++i) {
    blocks->push_back(std::make_shared<int>(0));
  }
  Row row;
  row.unit = "us";
  row.what =
      "slice<T>().all() of 1,000,000 entries, and dropping it. Limit: copying 62 shared "
      "pointers.";
  row.logslice = {"logslice", [session] {
                    size_t seen = 0;
                    const double seconds = seconds_of([&] {
                      for (int64_t i = 0; i < kViewCount; ++i) {
                        seen += session->slice<Tick>().all().size();
                      }
                    });
                    check(seen == static_cast<size_t>(kEntryCount * kViewCount),
                          "all() is too short");
                    return seconds * 1e6 / kViewCount;
                  }};
  row.limit = {"copy 62 pointers", [blocks] {
                 size_t seen = 0;
                 const double seconds = seconds_of([&] {
                   for (int64_t i = 0; i < kViewCount; ++i) {
                     const std::vector<std::shared_ptr<int>> copy = *blocks;
                     seen += copy.size();
                   }
                 });
                 check(seen > 0, "nothing was copied");
                 return seconds * 1e6 / kViewCount;
               }};
  return row;
}

}  // namespace logslice::bench
