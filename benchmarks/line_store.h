// This header defines LineStore: what keeps finished lines, a file or a database, so that rows can
// treat those with which logslice is compared alike.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace logslice::bench {

// Where the line is when put() returns: on the disk, with the kernel, or on its way there.
enum class EachPut { kSynced, kWritten, kBuffered };

// Threads: any may put.
class LineStore {
 public:
  virtual ~LineStore() = default;

  virtual void put(std::string_view line) = 0;

  // Once.
  virtual void close() = 0;

  // After close(): the lines that a new reader finds, with their ends, in the order of the store.
  virtual void for_each_line(const std::function<void(std::string_view)>& visit) const = 0;
};

// Makes a store in a folder of its own.
struct LineStoreMaker {
  std::string name;
  std::function<std::unique_ptr<LineStore>(const std::filesystem::path& directory)> make;
};

// Of the lines of a text file.
void for_each_line_of_file(const std::filesystem::path& path,
                           const std::function<void(std::string_view)>& visit);

// write(2) and fdatasync(2): the limit of the durable rows. With several callers under a lock, as
// the order of the bytes and of the syncs has to be the same.
enum class Callers { kOne, kAny };
LineStoreMaker synced_file(Callers callers);

// A peer in one of its settings, and what that gives.
struct StorePeer {
  EachPut each_put;
  LineStoreMaker maker;
};

template <typename Store>
StorePeer store_peer(std::string name, EachPut each_put) {
  return {each_put, {std::move(name), [each_put](const std::filesystem::path& directory) {
                       return std::make_unique<Store>(directory, each_put);
                     }}};
}

}  // namespace logslice::bench
