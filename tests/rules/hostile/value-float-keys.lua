-- a float that is whole is the same key as the whole number
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { [1] = "a" }
    t[1.0] = "b"
    t[2^53] = "c"
    return t[1] == "b" and t[1 << 53] == "c" and #t == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
