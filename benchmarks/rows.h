// This header defines the table of rows: what is measured, under which name, and to which goal.
#pragma once

#include <string>
#include <vector>

#include "bench.h"

namespace logslice::bench {

struct RowEntry {
  std::string name;
  // Makes the row when it is asked for, so that only the chosen ones prepare their files.
  Row (*make)(const Settings& settings);
  std::vector<Goal> goals;  // of the row's figure, the first one if it has parts
};

// In the order in which they are run.
const std::vector<RowEntry>& all_rows();

Row make_encode_row(const Settings& settings);
Row make_inline_row(const Settings& settings);
Row make_buffered_row(const Settings& settings);
Row make_background_2us_row(const Settings& settings);
Row make_background_10us_row(const Settings& settings);
Row make_background_saturated_row(const Settings& settings);
Row make_background_memory_row(const Settings& settings);
Row make_durable_one_row(const Settings& settings);
Row make_durable_many_row(const Settings& settings);
Row make_durable_beside_busy_row(const Settings& settings);
Row make_typed_scan_row(const Settings& settings);
Row make_mixed_scan_row(const Settings& settings);
Row make_two_thread_scan_row(const Settings& settings);
Row make_moving_scan_row(const Settings& settings);
inline constexpr const char* kOnOneThread = "logslice, 1 thread";
Row make_filter_row(const Settings& settings);
Row make_count_row(const Settings& settings);
Row make_recover_row(const Settings& settings);
Row make_seek_row(const Settings& settings);
Row make_since_row(const Settings& settings);
Row make_last_row(const Settings& settings);
Row make_reload_row(const Settings& settings);
Row make_all_row(const Settings& settings);
Row make_memory_row(const Settings& settings);
Row make_compile_row(const Settings& settings);
Row make_rotation_inline_row(const Settings& settings);
Row make_rotation_background_row(const Settings& settings);

}  // namespace logslice::bench
