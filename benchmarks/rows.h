// This header defines the rows.
#pragma once

#include "bench.h"

namespace logslice::bench {

Row make_encode_row(const Settings& settings);
Row make_inline_row(const Settings& settings);
Row make_buffered_row(const Settings& settings);
Row make_typed_scan_row(const Settings& settings);
Row make_count_row(const Settings& settings);
Row make_recover_row(const Settings& settings);
Row make_seek_row(const Settings& settings);
Row make_since_row(const Settings& settings);
Row make_last_row(const Settings& settings);
Row make_filter_row(const Settings& settings);
Row make_all_row(const Settings& settings);
Row make_background_2us_row(const Settings& settings);
Row make_background_10us_row(const Settings& settings);
Row make_background_saturated_row(const Settings& settings);
Row make_background_memory_row(const Settings& settings);
Row make_rotation_inline_row(const Settings& settings);
Row make_rotation_background_row(const Settings& settings);

}  // namespace logslice::bench
