// A file system around another that calls a hook before each call: to hang there, to hand over to
// another thread, to see who calls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "logslice/persistence/file_system.h"

namespace logslice::testing {

// By the name of the call ("append", "open", …). May block.
using CallHook = std::function<void(std::string_view)>;

class HookedFile final : public File {
 public:
  HookedFile(std::unique_ptr<File> file, const CallHook& before)
      : file_(std::move(file)), before_(before) {}

  IoResult append(std::string_view bytes) override { return at("append")->append(bytes); }
  IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) override {
    return at("read_at")->read_at(buffer, size_bytes, offset_bytes);
  }
  IoResult write_at(std::string_view bytes, int64_t offset_bytes) override {
    return at("write_at")->write_at(bytes, offset_bytes);
  }
  IoResult sync_data() override { return at("sync_data")->sync_data(); }
  IoResult truncate(int64_t size_bytes) override { return at("truncate")->truncate(size_bytes); }
  StatResult stat() override { return at("fstat")->stat(); }
  IoResult try_lock() override { return at("try_lock")->try_lock(); }
  IoResult locked_elsewhere() override { return at("locked_elsewhere")->locked_elsewhere(); }

 private:
  File* at(std::string_view call) const {
    before_(call);
    return file_.get();
  }

  const std::unique_ptr<File> file_;
  const CallHook before_;
};

class HookedFileSystem final : public FileSystem {
 public:
  // `before` is copied into each open file, which may outlive this.
  HookedFileSystem(FileSystem& file_system, CallHook before)
      : file_system_(file_system), before_(std::move(before)) {}

  OpenResult open(const std::string& path, OpenMode mode) override {
    OpenResult opened = at("open").open(path, mode);
    if (opened.ok()) opened.file = std::make_unique<HookedFile>(std::move(opened.file), before_);
    return opened;
  }
  IoResult make_directory(const std::string& path) override {
    return at("make_directory").make_directory(path);
  }
  IoResult rename(const std::string& from, const std::string& to) override {
    return at("rename").rename(from, to);
  }
  IoResult unlink(const std::string& path) override { return at("unlink").unlink(path); }
  IoResult sync_directory(const std::string& path) override {
    return at("sync_directory").sync_directory(path);
  }
  StatResult stat(const std::string& path) override { return at("stat").stat(path); }
  ListResult list_directory(const std::string& path) override {
    return at("list_directory").list_directory(path);
  }
  PathResult canonicalize(const std::string& path) override {
    return at("canonicalize").canonicalize(path);
  }

 private:
  FileSystem& at(std::string_view call) const {
    before_(call);
    return file_system_;
  }

  FileSystem& file_system_;
  const CallHook before_;
};

}  // namespace logslice::testing
