# SPDX-License-Identifier: BSD-2-Clause
# tables.awk - turns the tables of this folder into initializers of C
# usage: awk -f tables.awk ad-attributes.tsv ad-classes.tsv rfc-attributes.tsv rfc-classes.tsv > tables.inc
function quote(text) { return text == "-" ? "NULL" : "\"" text "\"" }
BEGIN { FS = "\t" }
FNR == 1 {
    if (NR > 1) print "};"
    name = FILENAME
    sub(/^.*\//, "", name); sub(/\.tsv$/, "", name); gsub(/-/, "_", name)
    printf "static const struct %s_row %s[] = {\n", name, name
}
/^#/ || NF == 0 { next }
name == "ad_attributes" {
    printf "    {%s, %s, %s, %d, %d, %d, %d, %d, %d},\n", quote($1), quote($2), quote($3), $4, $5, $6, $7, $8, $9
}
name == "ad_classes" { printf "    {%s, %s, %s, %s},\n", quote($1), quote($2), quote($3), quote($4) }
name == "rfc_attributes" {
    printf "    {%s, %s, %s, %s, %s, %s, %d},\n", quote($1), quote($2), quote($3), quote($4), quote($5), quote($6), $7
}
name == "rfc_classes" { printf "    {%s, %s, %s},\n", quote($1), quote($2), quote($3) }
END { print "};" }
