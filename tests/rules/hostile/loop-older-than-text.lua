-- a long text as a number of months
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local hex, f = "0x" .. ("0"):rep(230) .. "1", older_than
    while true do local x = f(need.rated_on, hex) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
