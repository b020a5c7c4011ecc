// LevelDB as a log: the line under a key that grows.
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <atomic>

#include "bench.h"
#include "database_store.h"
#include "peers.h"

namespace logslice::bench {
namespace {

class LevelDb final : public LineStore {
 public:
  LevelDb(const std::filesystem::path& directory, EachPut each_put) : path_(directory / "leveldb") {
    options_.create_if_missing = true;
    options_.compression = leveldb::kNoCompression;
    // A run fits in: tables are not what is measured.
    options_.write_buffer_size = size_t{512} << 20;
    write_options_.sync = each_put == EachPut::kSynced;
    db_ = open();
  }

  void put(std::string_view line) override {
    const std::array<char, 8> key = ordered_key(next_key_.fetch_add(1, std::memory_order_relaxed));
    const leveldb::Status status =
        db_->Put(write_options_, {key.data(), key.size()}, {line.data(), line.size()});
    check(status.ok(), "LevelDB: Put");
  }

  void close() override { db_.reset(); }

  void for_each_line(const std::function<void(std::string_view)>& visit) const override {
    const std::unique_ptr<leveldb::DB> db = open();
    const std::unique_ptr<leveldb::Iterator> at(db->NewIterator({}));
    for (at->SeekToFirst(); at->Valid(); at->Next())
      visit({at->value().data(), at->value().size()});
    check(at->status().ok(), "LevelDB: reading");
  }

 private:
  std::unique_ptr<leveldb::DB> open() const {
    leveldb::DB* db = nullptr;
    check(leveldb::DB::Open(options_, path_.string(), &db).ok(), "LevelDB: Open");
    return std::unique_ptr<leveldb::DB>(db);
  }

  const std::filesystem::path path_;
  leveldb::Options options_;
  leveldb::WriteOptions write_options_;
  std::unique_ptr<leveldb::DB> db_;
  std::atomic<uint64_t> next_key_{1};
};

}  // namespace

void add_leveldb_store(Peers& peers) {
  for (const EachPut each_put : {EachPut::kSynced, EachPut::kWritten}) {
    peers.stores.push_back(store_peer<LevelDb>("LevelDB", each_put));
  }
}

}  // namespace logslice::bench
