-- a long text where the library takes a number
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local zeros = ("0"):rep(230) .. "1"
    while true do local x = math.max(zeros, zeros, zeros, zeros) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
