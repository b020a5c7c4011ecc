// This header defines WatchedFileSystem, the real one with somebody who sees what it returns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "logslice/persistence/file_system.h"

namespace logslice::testing {

struct DiskEvents {
  int64_t short_append_count = 0;
  std::function<void()> on_failed_sync;  // before the caller learns of it
};

class WatchedFile final : public File {
 public:
  WatchedFile(std::unique_ptr<File> file, DiskEvents& events)
      : file_(std::move(file)), events_(events) {}

  IoResult append(std::string_view bytes) override {
    const IoResult result = file_->append(bytes);
    if (result.ok() && result.value < static_cast<int64_t>(bytes.size()))
      ++events_.short_append_count;
    return result;
  }
  IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) override {
    return file_->read_at(buffer, size_bytes, offset_bytes);
  }
  IoResult write_at(std::string_view bytes, int64_t offset_bytes) override {
    return file_->write_at(bytes, offset_bytes);
  }
  IoResult sync_data() override {
    const IoResult result = file_->sync_data();
    if (!result.ok() && events_.on_failed_sync) events_.on_failed_sync();
    return result;
  }
  IoResult truncate(int64_t size_bytes) override { return file_->truncate(size_bytes); }
  StatResult stat() override { return file_->stat(); }
  IoResult try_lock() override { return file_->try_lock(); }
  IoResult locked_elsewhere() override { return file_->locked_elsewhere(); }

 private:
  const std::unique_ptr<File> file_;
  DiskEvents& events_;
};

class WatchedFileSystem final : public FileSystem {
 public:
  OpenResult open(const std::string& path, OpenMode mode) override {
    OpenResult opened = real_.open(path, mode);
    if (opened.ok()) {
      opened.file = std::make_unique<WatchedFile>(std::move(opened.file), events_);
    }
    return opened;
  }
  IoResult make_directory(const std::string& path) override { return real_.make_directory(path); }
  IoResult rename(const std::string& from, const std::string& to) override {
    return real_.rename(from, to);
  }
  IoResult unlink(const std::string& path) override { return real_.unlink(path); }
  IoResult sync_directory(const std::string& path) override { return real_.sync_directory(path); }
  StatResult stat(const std::string& path) override { return real_.stat(path); }
  ListResult list_directory(const std::string& path) override { return real_.list_directory(path); }
  PathResult canonicalize(const std::string& path) override { return real_.canonicalize(path); }

  DiskEvents& events() { return events_; }

 private:
  FileSystem& real_ = posix_file_system();
  DiskEvents events_;
};

}  // namespace logslice::testing
