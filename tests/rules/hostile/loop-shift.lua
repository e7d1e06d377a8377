-- bits moved about
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = 1
    while true do x = x << 63 >> 62 ~ x end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
