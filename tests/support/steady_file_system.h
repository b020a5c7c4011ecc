// A file system around another whose own allocations do not fail: the operating system's do not
// either when the process has no memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "logslice/persistence/file_system.h"
#include "tests/support/failing_allocator.h"

namespace logslice::testing {

class SteadyFile final : public File {
 public:
  explicit SteadyFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  ~SteadyFile() override {
    const AllocationTruce truce;
    file_.reset();
  }

  IoResult append(std::string_view bytes) override { return steady()->append(bytes); }
  IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) override {
    return steady()->read_at(buffer, size_bytes, offset_bytes);
  }
  IoResult write_at(std::string_view bytes, int64_t offset_bytes) override {
    return steady()->write_at(bytes, offset_bytes);
  }
  IoResult sync_data() override { return steady()->sync_data(); }
  IoResult truncate(int64_t size_bytes) override { return steady()->truncate(size_bytes); }
  StatResult stat() override { return steady()->stat(); }
  IoResult try_lock() override { return steady()->try_lock(); }
  IoResult locked_elsewhere() override { return steady()->locked_elsewhere(); }

 private:
  // Lives until the end of the whole call.
  struct Steady {
    File* operator->() const { return file; }
    File* file;
    AllocationTruce truce{};
  };
  Steady steady() const { return {file_.get()}; }

  std::unique_ptr<File> file_;
};

class SteadyFileSystem final : public FileSystem {
 public:
  explicit SteadyFileSystem(FileSystem& file_system) : file_system_(file_system) {}

  OpenResult open(const std::string& path, OpenMode mode) override {
    const AllocationTruce truce;
    OpenResult opened = file_system_.open(path, mode);
    if (opened.ok()) opened.file = std::make_unique<SteadyFile>(std::move(opened.file));
    return opened;
  }
  IoResult make_directory(const std::string& path) override {
    const AllocationTruce truce;
    return file_system_.make_directory(path);
  }
  IoResult rename(const std::string& from, const std::string& to) override {
    const AllocationTruce truce;
    return file_system_.rename(from, to);
  }
  IoResult unlink(const std::string& path) override {
    const AllocationTruce truce;
    return file_system_.unlink(path);
  }
  IoResult sync_directory(const std::string& path) override {
    const AllocationTruce truce;
    return file_system_.sync_directory(path);
  }
  StatResult stat(const std::string& path) override {
    const AllocationTruce truce;
    return file_system_.stat(path);
  }
  ListResult list_directory(const std::string& path) override {
    const AllocationTruce truce;
    return file_system_.list_directory(path);
  }
  PathResult canonicalize(const std::string& path) override {
    const AllocationTruce truce;
    return file_system_.canonicalize(path);
  }

 private:
  FileSystem& file_system_;
};

}  // namespace logslice::testing
