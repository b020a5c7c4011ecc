#include "reading.h"

#include <unistd.h>

#include <cstdio>
#include <vector>

#include "files.h"

namespace logslice::bench {

double gigabytes_per_second(int64_t bytes, const std::function<void()>& work) {
  return static_cast<double>(bytes) / 1e9 / seconds_of(work);
}

double mean_micros(int times, const std::function<void()>& work) {
  return 1e6 / times * seconds_of([&] {
           for (int i = 0; i < times; ++i) work();
         });
}

Contender read_of_all(const std::filesystem::path& path, int64_t bytes) {
  return {"read(2)", [path, bytes] {
            int64_t bytes_read = 0;
            const double speed = gigabytes_per_second(bytes, [&] {
              const OpenFile file(path, OpenFile::Mode::kRead);
              std::vector<char> buffer(1 << 20);
              while (const ssize_t got = read(file.descriptor(), buffer.data(), buffer.size())) {
                check(got > 0, "read");
                bytes_read += got;
              }
            });
            check(bytes_read == bytes, "read less than the file");
            return speed;
          }};
}

Contender counting_command(const std::string& name, const std::string& command,
                           const std::filesystem::path& path, int64_t bytes, int64_t expected) {
  return {name, [line = command + " '" + path.string() + "'", bytes, expected] {
            std::string output;
            const double speed = gigabytes_per_second(bytes, [&] { output = output_of(line); });
            check(std::atoll(output.c_str()) == expected, "a command counted other lines");
            return speed;
          }};
}

std::string output_of(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  check(pipe != nullptr, "popen");
  std::string output;
  std::vector<char> piece(64 << 10);
  while (const size_t got = std::fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), got);
  }
  pclose(pipe);
  return output;
}

}  // namespace logslice::bench
