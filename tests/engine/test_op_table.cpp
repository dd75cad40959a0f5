// The table is complete, and its rows say what is so.
#include <algorithm>
#include <set>

#include "tests/catch.h"
#include "tests/engine/op_table.h"

using namespace latent;
using namespace latent::test;

TEST_CASE("op table: every declaration in ops.h has a row") {
  const std::vector<std::string> declared = declared_ops();
  CHECK(declared.size() > 80);
  std::vector<std::string> rows;
  for (const OpRow& row : op_table()) rows.push_back(row.name);
  for (const std::string& name : std::set<std::string>(declared.begin(), declared.end())) {
    INFO(name << " of engine/ops.h: every overload needs a row in tests/engine/op_table_*.cpp");
    CHECK(std::ranges::count(rows, name) >= std::ranges::count(declared, name));
  }
  for (const std::string& name : rows) {
    INFO(name << " has a row, and ops.h does not declare it");
    CHECK(std::ranges::count(declared, name) > 0);
  }
}

TEST_CASE("op table: no two rows have one title") {
  std::set<std::string> titles;
  for (const OpRow& row : op_table()) {
    INFO(title(row));
    CHECK(titles.insert(title(row)).second);
  }
}

TEST_CASE("op table: a size that may never be 0 is refused as 0") {
  for (const OpRow& row : op_table())
    for (Index size : row.never_zero) {
      INFO(title(row) << " with 0 for " << size);
      const OpRow empty = resized(row, size, 0);
      CHECK_THROWS_AS(empty.op(make_inputs(empty)), Error);
    }
}
