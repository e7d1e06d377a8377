-- a school rule
-- expect: fault not in this release
school_rule "x" {}
