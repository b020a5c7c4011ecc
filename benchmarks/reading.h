// This header defines what several rows that read a file are compared with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "bench.h"

namespace logslice::bench {

// What `work` does with `bytes`, in GB/s.
double gigabytes_per_second(int64_t bytes, const std::function<void()>& work);

// The mean of `times` runs of `work`, in us: for what takes too little for the clock and the caches
// to be out of it.
double mean_micros(int times, const std::function<void()>& work);
inline constexpr int kManyTimes = 20;

// read(2) of all of the file, 1 MiB each.
Contender read_of_all(const std::filesystem::path& path, int64_t bytes);

// A command that prints how many lines it counted in the file, whose path is put behind it.
Contender counting_command(const std::string& name, const std::string& command,
                           const std::filesystem::path& path, int64_t bytes, int64_t expected);

// What a shell command prints.
std::string output_of(const std::string& command);

}  // namespace logslice::bench
