// This header defines LineStore: what keeps finished lines, a file or a database, so that rows can
// treat those with which logslice is compared alike.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace logslice::bench {

// Whether put() returns when the line is on the disk, or when the kernel has it.
enum class EachPut { kSynced, kWritten };

// Threads: any may put.
class LineStore {
 public:
  virtual ~LineStore() = default;

  virtual void put(std::string_view line) = 0;

  // After close(), which is called once: the lines that a new reader finds, in the order of the
  // store.
  virtual void close() = 0;
  virtual void for_each_line(const std::function<void(std::string_view)>& visit) const = 0;
};

// Makes a store in a folder of its own.
struct LineStoreMaker {
  std::string name;
  std::function<std::unique_ptr<LineStore>(const std::filesystem::path& directory, EachPut)> make;
};

// write(2), and fdatasync(2) if asked for. With several callers under a lock, as the order of the
// bytes and of the syncs has to be the same.
enum class Callers { kOne, kAny };
LineStoreMaker file_store(Callers callers);

}  // namespace logslice::bench
