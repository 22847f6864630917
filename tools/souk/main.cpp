#include "tools/souk/command.hpp"

int main(int argc, char** argv) { return souk::cli::run(argc, argv); }
