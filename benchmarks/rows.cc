#include "rows.h"

namespace logslice::bench {
namespace {

constexpr double kTwoMilliseconds = 2000;  // in us

}  // namespace

const std::vector<RowEntry>& all_rows() {
  static const std::vector<RowEntry> rows = {
      // Write.
      {"encode", make_encode_row, {{1.3, "hand-written"}}},
      {"inline append through Session::dispatch, window and lock included",
       make_inline_row,
       {{1.35, kLimit}}},
      {"buffered through dispatch", make_buffered_row, {{1.8, kLimit}}},
      {"background, p50 on the caller at one event per 2 us",
       make_background_2us_row,
       {{1.6, kLimit}}},
      {"background, saturated, nothing lost", make_background_saturated_row, {{1.0, ""}}},
      {"durable, 1 thread", make_durable_one_row, {{0.95, kLimit}}},
      {"durable, 16 threads", make_durable_many_row, {{1.15, "LevelDB"}}},

      // Read.
      {"typed scan, 1 thread, ASCII", make_typed_scan_row, {{1.4, "simdjson"}}},
      {"typed scan, 1 thread, mixed Latin / Cyrillic / CJK text",
       make_mixed_scan_row,
       {{1.1, "simdjson"}}},
      {"typed scan, 2 threads", make_two_thread_scan_row, {{1.8, kOnOneThread}}},
      {"scan of one type in a hundred", make_filter_row, {{1.0, "ripgrep -cF"}}},
      {"count", make_count_row, {{1.2, "wc -l"}}},
      {"open + recover", make_recover_row, {{kTwoMilliseconds, ""}}},
      {"seek", make_seek_row, {{kTwoMilliseconds, ""}}},
      {"last 100", make_last_row, {{kTwoMilliseconds, ""}}},
      {"reload_logs", make_reload_row, {{kTwoMilliseconds, ""}}},

      // Memory.
      {"all() on a window of 1 M entries", make_all_row, {{5, ""}}},
      {"memory while 50 M events pass through a window of 1,000", make_memory_row, {{5, ""}}},

      // Weight.
      {"compiling one file that dispatches, persists and scans 30 types",
       make_compile_row,
       {{1, kLimit}}},

      // Further rows, without a goal of their own.
      {"background, p50 on the caller at one event per 10 us", make_background_10us_row, {}},
      {"background, memory growth at one event per 2 us", make_background_memory_row, {{64, ""}}},
      {"durable, 16 threads beside two busy processes",
       make_durable_beside_busy_row,
       {{0.9, "LevelDB"}}},
      {"rotation, inline", make_rotation_inline_row, {}},
      {"rotation, background", make_rotation_background_row, {}},
      {"typed scan, 1 thread, each entry moved out", make_moving_scan_row, {}},
      {"since", make_since_row, {}},
  };
  return rows;
}

}  // namespace logslice::bench
