// A program outside logslice's own tree. It stands in for a user's: public headers, one target.
#include <cstdio>

int main() {
  std::puts("consumer: linked");
  return 0;
}
