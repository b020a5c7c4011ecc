// SQLite as a log: a table of lines, with a write-ahead log, a transaction for each line.
#include <sqlite3.h>

#include <mutex>

#include "bench.h"
#include "database_store.h"
#include "peers.h"

namespace logslice::bench {
namespace {

// One connection: those who wait for its lock are let in sooner than connections that find the
// database busy, which sleep and try again.
class Sqlite final : public LineStore {
 public:
  Sqlite(const std::filesystem::path& directory, EachPut each_put)
      : path_(directory / "lines.db"), db_(open()) {
    run("PRAGMA journal_mode=WAL");
    run(each_put == EachPut::kSynced ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    run("CREATE TABLE lines (id INTEGER PRIMARY KEY, line TEXT NOT NULL)");
    insert_ = prepare(db_, "INSERT INTO lines (line) VALUES (?)");
  }
  ~Sqlite() override { close(); }

  void put(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    sqlite3_bind_text(insert_, 1, line.data(), static_cast<int>(line.size()), SQLITE_STATIC);
    check(sqlite3_step(insert_) == SQLITE_DONE, "SQLite: INSERT");
    sqlite3_reset(insert_);
  }

  void close() override {
    sqlite3_finalize(std::exchange(insert_, nullptr));
    sqlite3_close(std::exchange(db_, nullptr));
  }

  void for_each_line(const std::function<void(std::string_view)>& visit) const override {
    sqlite3* const db = open();
    sqlite3_stmt* const select = prepare(db, "SELECT line FROM lines ORDER BY id");
    int step = 0;
    while ((step = sqlite3_step(select)) == SQLITE_ROW) {
      // Its type for text is unsigned.
      visit({static_cast<const char*>(sqlite3_column_blob(select, 0)),
             static_cast<size_t>(sqlite3_column_bytes(select, 0))});
    }
    check(step == SQLITE_DONE, "SQLite: SELECT");
    sqlite3_finalize(select);
    sqlite3_close(db);
  }

 private:
  sqlite3* open() const {
    sqlite3* db = nullptr;
    check(sqlite3_open(path_.c_str(), &db) == SQLITE_OK, "SQLite: open");
    return db;
  }

  static sqlite3_stmt* prepare(sqlite3* db, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) ==
              SQLITE_OK,
          "SQLite: prepare");
    return statement;
  }

  void run(const char* sql) {
    check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }

  const std::filesystem::path path_;
  sqlite3* db_;
  sqlite3_stmt* insert_ = nullptr;
  std::mutex mutex_;
};

}  // namespace

void add_sqlite_store(Peers& peers) {
  for (const EachPut each_put : {EachPut::kSynced, EachPut::kWritten}) {
    peers.stores.push_back(store_peer<Sqlite>("SQLite WAL", each_put));
  }
}

}  // namespace logslice::bench
