// The one main() of every test program.
#define CATCH_CONFIG_RUNNER  // Catch2 2 compiles itself here; 3 is a library and ignores it
#include "tests/catch.h"

int main(int count, char** arguments) { return Catch::Session().run(count, arguments); }
