#!/usr/bin/env bash
# Generates a project from the template and builds, tests and checks it outside the tree, against the
# installed SDK alone and with the other compiler; lets a daemon serve that very library; then
# configures the project against the build tree.
#
#   out_of_tree_test.sh CMAKE BUILD_DIR COMPILER_ID SERVED_TEST
set -euo pipefail
cmake=$1 build=$2 compiler=$3 served_test=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [[ $compiler == GNU ]]; then other=clang++; else other=g++; fi
if ! command -v "$other" > /dev/null; then
  echo "no $other here: with the same compiler"
  other=c++
fi

"$cmake" --install "$build" --component sdk --prefix "$work/prefix" > /dev/null
check=$work/prefix/bin/souk-plugin-check

# Wrong names are refused, a right one makes a project, and nothing is overwritten.
for name in A x 9lives two--dashes ../up; do
  if "$check" --new "$name" --dir "$work/wrong" 2> /dev/null; then
    echo "the name $name was taken"; exit 1
  fi
done
"$check" --new corner-shop --dir "$work/project"
if "$check" --new corner-shop --dir "$work/project" 2> /dev/null; then
  echo "a project was overwritten"; exit 1
fi

# No variable of the outer build may help.
env -i PATH="$PATH" HOME="$work" CXX="$other" \
  "$cmake" -S "$work/project" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_FLAGS_RELEASE=-O0 "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Werror"
env -i PATH="$PATH" HOME="$work" "$cmake" --build "$work/build" --parallel 3
env -i PATH="$PATH" HOME="$work" ctest --test-dir "$work/build" --output-on-failure
"$check" --inspect "$work/build/corner-shop.so" | grep -q 'GET /v1/corner-shop/top'
SOUK_OUT_OF_TREE_PLUGIN=$work/build/corner-shop.so "$served_test"

# From the build tree the same package is found, with no path into the installed one.
env -i PATH="$PATH" HOME="$work" CXX="$other" \
  "$cmake" -S "$work/project" -B "$work/from-build-tree" -DCMAKE_PREFIX_PATH="$build" > /dev/null
grep -q "SoukSdk_DIR:PATH=$build" "$work/from-build-tree/CMakeCache.txt"
env -i PATH="$PATH" HOME="$work" \
  "$cmake" --build "$work/from-build-tree" --target souk_schemas_lite_traits --parallel 3
echo "built with $other outside the tree, tested, checked and served"
