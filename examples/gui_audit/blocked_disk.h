// This header defines BlockedDisk, a file system of which no call returns: a virus scanner that
// holds on to a directory, a network share whose server is gone.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "logslice/persistence/file_system.h"

namespace gui_audit {

// Every call hangs until release(), and goes to `behind` from then on. Must outlive whoever hangs
// in it, and with a session that is as long as the process lives: see blocked_disk_for_ever().
// Threads: any.
class BlockedDisk final : public logslice::FileSystem {
 public:
  explicit BlockedDisk(logslice::FileSystem& behind = logslice::posix_file_system())
      : behind_(behind) {}

  void release();
  // Returns once a call hangs.
  void wait_until_called();

  logslice::OpenResult open(const std::string& path, logslice::OpenMode mode) override {
    return wait().open(path, mode);
  }
  logslice::IoResult make_directory(const std::string& path) override {
    return wait().make_directory(path);
  }
  logslice::IoResult rename(const std::string& from, const std::string& to) override {
    return wait().rename(from, to);
  }
  logslice::IoResult unlink(const std::string& path) override { return wait().unlink(path); }
  logslice::IoResult sync_directory(const std::string& path) override {
    return wait().sync_directory(path);
  }
  logslice::StatResult stat(const std::string& path) override { return wait().stat(path); }
  logslice::ListResult list_directory(const std::string& path) override {
    return wait().list_directory(path);
  }
  logslice::PathResult canonicalize(const std::string& path) override {
    return wait().canonicalize(path);
  }

 private:
  logslice::FileSystem& wait();

  logslice::FileSystem& behind_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_released_ = false;
  int waiting_count_ = 0;
};

// A new one that is never deleted. close() leaves the thread that hangs in it behind, and that
// thread may still be in it when main() has returned. By one thread at a time.
BlockedDisk& blocked_disk_for_ever();

}  // namespace gui_audit
